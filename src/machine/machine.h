/*
 * A machine: kernel model + devices + clock + consoles, in memory that its processes share.
 *
 * The memory is one memfd: struct machine at 0 (its first member is struct kernel), the engine's
 * shared state at MACHINE_ENGINE_OFFSET, the written-page bitmap at MACHINE_WRITTEN_OFFSET, guest
 * physical memory from KERNEL_RAM_OFFSET on, identity mapped and sparse. It holds no pointers.
 *
 * Who holds the CPU token (or is the only runner) may call everything here. The exceptions, which
 * any process may call at any time, are the console rings' far ends and machine_end(). While the
 * machine is paused the monitor may read and write all of it.
 *
 * This code is pure: it runs in the freestanding stub, in the ptrace runner and in unit tests.
 * What it needs from the process around it is environment.h.
 */
#ifndef SEL4UX_MACHINE_MACHINE_H
#define SEL4UX_MACHINE_MACHINE_H

#include <stdatomic.h>

#include "device/devices.h"
#include "kernel/kernel.h"
#include "machine/access.h"
#include "machine/clock.h"
#include "machine/debugger.h"
#include "machine/events.h"
#include "machine/host.h"

#define MACHINE_ENGINE_OFFSET   (4ull << 20)
#define MACHINE_WRITTEN_OFFSET  (8ull << 20)
#define MACHINE_IDENTITY_OFFSET (15ull << 20) /* what tools know a machine by: state/state.h */
#define RAM_HIGH_START          (4ull << 30) /* what does not fit below the device hole lies here */
#define MACHINE_MAX_RAM         (64ull << 30) /* a bit a page must fit below KERNEL_RAM_OFFSET */

/* A byte stream between two processes: one writer, one reader. Counters only grow. */
#define CONSOLE_SIZE 65536

struct console {
    _Atomic uint64_t written, read;
    _Atomic bool closed; /* input: no more will come */
    char data[CONSOLE_SIZE];
};

/*
 * An instruction that the stub wants decoded by the monitor. The stub fills `bytes`, sets `state`
 * to DECODE_ASKED, rings, and waits on `state` as a futex; the monitor fills `result` and sets
 * DECODE_ANSWERED with a wake-up.
 */
enum decode_state { DECODE_NONE, DECODE_ASKED, DECODE_ANSWERED };

struct decode_request {
    _Atomic uint32_t state;
    uint8_t bytes[INSTRUCTION_MAX];
    struct access result;
};

enum machine_end {
    END_RUNNING,
    END_HALTED,   /* seL4_DebugHalt */
    END_STUCK,    /* nothing can run and nothing can wake anything */
    END_EXIT,     /* the guest asked to end through an exit port */
    END_STOPPED,  /* the monitor said so (exit-on, time-out, Ctrl-C) */
    END_INTERNAL, /* sel4ux's own failure; end_text says which */
};

#define MACHINE_TEXT_SIZE 256

/*
 * Where an interrupt costs more than a guest's timer has for its period, the guest would do nothing
 * but serve it, and whoever was interrupted would never get on. So an engine may set hold_max (ns;
 * real time only): an interrupt that was delivered is not delivered again until a thread of no
 * higher priority than the interrupted one has run. Threads of higher priority that go on and on
 * end that too: without a kernel entry for hold_max, or after HOLD_ENTRIES of them.
 */
#define HOLD_ENTRIES 1000
#define HOLD_LONG    100000000ull /* ns: for hold_max; more than an entry takes on a busy host */

struct interrupt_hold {
    uint64_t until;   /* ns; 0: nothing is held */
    unsigned entries; /* since then */
    int irq;
    int priority; /* of the interrupted thread; -1: none ran */
};

struct machine {
    struct kernel kernel; /* first: kernel_at() counts from here */
    struct devices devices;
    struct clock clock;
    struct console output;     /* guest's serial bytes, machine -> monitor */
    struct console input;      /* terminal bytes, monitor -> machine */
    struct console log;        /* diagnostics for people, machine -> monitor */
    struct event_ring events;  /* what happens, machine -> monitor; see events.h */
    bool input_is_file;        /* all of the input is there from the start; the monitor says so */
    bool emulates_breakpoints; /* the host's debug registers don't work; the engine says so */
    uint8_t foreseen, met;     /* see breakpoints.h */
    struct access_cache access_cache;
    struct decode_request decode;
    struct machine_host host;
    uint64_t ram_low_top;  /* RAM is [0, ram_low_top) and [RAM_HIGH_START, ram_high_top) */
    uint64_t ram_high_top; /* RAM_HIGH_START when there is none */
    uint64_t next_tick;    /* ns; the kernel's own tick, without MCS */
    uint64_t flush_at;     /* ns: tell the monitor of an unfinished line; UINT64_MAX: none */
    bool tick_wanted;
    uint64_t stepped_at; /* virtual time of the last step's end */
    bool spins;          /* the current thread was found to wait for time to pass */
    uint64_t irq_masked[IRQ_COUNT / 64];
    uint64_t hold_max; /* see struct interrupt_hold; 0: never */
    struct interrupt_hold hold;
    _Atomic uint32_t end; /* enum machine_end */
    int32_t exit_code;    /* END_EXIT */
    char end_text[MACHINE_TEXT_SIZE];
    _Atomic uint32_t kick;  /* grows when the monitor wants the machine to look up; a futex */
    _Atomic uint32_t pause; /* enum machine_pause */
    uint64_t paused_at;     /* real time: the host's counter when it was held */
    struct debugger debugger;
};

_Static_assert(sizeof(struct machine) <= MACHINE_ENGINE_OFFSET, "machine state size");

static inline struct machine *machine_of(struct kernel *k)
{
    return (struct machine *)k;
}

/*
 * Pausing: the machine stands still with all of its state in its memory, so that a debugger in the
 * monitor can read and change it. The monitor asks and kicks; who holds the CPU token comes to the
 * end of what it is doing, is told MACHINE_PAUSED, puts what processors still hold (registers,
 * floating-point state) into the TCBs, and waits in machine_pauses(), whose first call tells the
 * monitor. No kernel entry is under way then, and the machine's clock stands still: what follows in
 * virtual time is what would have followed without a pause.
 *
 * A machine that ends meanwhile never comes to hold: the monitor finds machine.end instead.
 */
enum machine_pause {
    PAUSE_NONE,
    PAUSE_ASKED, /* the monitor: NONE -> ASKED, and back to NONE from any */
    PAUSE_HELD,  /* the holder of the token: ASKED -> HELD */
};

/* For the monitor; each needs a kick after it. Asking twice changes nothing. */
void machine_ask_pause(struct machine *m);
void machine_let_go(struct machine *m);

static inline bool machine_is_paused(const struct machine *m)
{
    return m->pause == PAUSE_HELD;
}

/*
 * For an engine, after MACHINE_PAUSED: whether it has to wait until machine.kick changes (from what
 * it was before this call) and ask again. False: go on with STOP_NONE.
 */
bool machine_pauses(struct machine *m);

enum machine_next {
    MACHINE_RUN,    /* run kernel.current in kernel_vspace() until it stops */
    MACHINE_IDLE,   /* nothing to run: wait for a kick or until machine_deadline() */
    MACHINE_PAUSED, /* see above */
    MACHINE_END,    /* machine.end says why */
};

/*
 * One stop of the guest (or STOP_NONE: a timer, a kick, a start): brings the devices up to date,
 * enters the kernel model, delivers interrupts, and says what to do next. A thread without a
 * usable VSpace faults inside here, so MACHINE_RUN always comes with kernel_vspace() != 0.
 */
enum machine_next machine_enter(struct machine *m, const struct stop *stop);

/*
 * Whether the thread to run has to be run one instruction at a time, with STOP_NONE after each. The
 * trap flag that the engine needs for that is not the guest's: its registers must not show it.
 * Whether that is so, and whether a debugger is there (debugger.on), for which guests have to run
 * the bytes of their frames and nothing else, may change with every MACHINE_PAUSED.
 */
bool machine_steps(const struct machine *m);

/* It has carried one out; go on with STOP_NONE. */
void machine_stepped(struct machine *m);

/* When something is next due in the machine itself: devices, the kernel; UINT64_MAX: nothing is. */
uint64_t machine_next_event(const struct machine *m);

/* When the machine wants STOP_NONE next, in ns of its clock; UINT64_MAX: never. */
uint64_t machine_deadline(struct machine *m);

/*
 * For engines, in virtual time, while guest code runs: instead of setting a timer for the deadline
 * they watch for guests that spin without an entry. machine_watch() says how many ns of processor
 * time a guest may run before machine_watched() is to be called (UINT64_MAX: as many as it likes).
 * That looks whether it made any entry since; if not, the next STOP_NONE moves the clock on.
 */
struct watch {
    uint64_t charges;
    paddr thread;
    unsigned glances; /* how often the guest was found to have entered nothing */
};

uint64_t machine_watch(const struct machine *m, struct watch *w);
void machine_watched(struct machine *m, struct watch *w);

/* What physical memory is: only RAM may be mapped into a guest; device registers are emulated. */
bool machine_is_ram(const struct machine *m, paddr p);

/*
 * The current thread touched device registers at user address `address` (its page maps to memory
 * that is not RAM): carries its instruction out and moves rip past it; go on with STOP_NONE. False:
 * the instruction can't be emulated or may not do this; the caller raises a VM fault.
 */
bool machine_emulate_access(struct machine *m, uint64_t address);

/*
 * After a protection fault or an invalid opcode: if the current thread's instruction reads the time
 * stamp counter, carries it out as machine_emulate_access() does. The host refuses it in virtual
 * time, and its processor may not have all of them. False: it is something else.
 */
bool machine_emulate_counter(struct machine *m);

/*
 * The current thread is at an `int vector` that the host has refused: moves it on where seL4 has a
 * gate for it, and fills *stop.
 */
void machine_software_interrupt(struct machine *m, unsigned vector, struct stop *stop);

/* Ends the machine, once: later calls change nothing. `text` may be NULL. */
void machine_end(struct machine *m, enum machine_end why, const char *text);

/* Byte streams: return how many bytes were taken or given. */
uint32_t console_write(struct console *c, const char *data, uint32_t size);
uint32_t console_read(struct console *c, char *data, uint32_t size);

#endif
