/*
 * A hosted program: one Linux process that holds its own machine and runs the root task's threads
 * as Linux threads. A lane is such a thread; each stands for one TCB.
 *
 * Exactly one lane holds the CPU token (hosted.holder): it alone runs guest code and touches what
 * is below but `turn`. All others are parked in lane_run(), called from a system call or from a
 * signal handler. A lane that waits leaves its registers in its TCB and takes them from there.
 */
#ifndef SEL4UX_HOSTED_HOSTED_H
#define SEL4UX_HOSTED_HOSTED_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <ucontext.h>

#include "abi/config.h"
#include "base/error.h"
#include "hosted/trap.h"
#include "host/memory.h"
#include "hostio/hostio.h"
#include "machine/machine.h"
#include "monitor/recorder.h"
#include "monitor/report.h"

enum turn { TURN_WAIT, TURN_ASLEEP, TURN_YOURS, TURN_LEAVE };

#define TIMER_NONE  (-1)
#define CPU_UNKNOWN (-1)

struct lane {
    void *system_stack; /* system calls run on it; NULL: on the caller's. entry.S, offset 0 */
    void *home;         /* where lane_leave() goes to. entry.S, offset 8 */
    paddr tcb;
    _Atomic uint32_t turn; /* enum turn; a futex */
    _Atomic int cpu;       /* that it was on when it handed the token over; CPU_UNKNOWN */
    bool spins;            /* while it waits */
    bool inside;           /* in a system call: guest code must not be running */
    bool gone;             /* its TCB has been deleted */
    bool is_main;          /* the process's first thread, which outlives its TCB */
    struct lane *next;     /* hosted.lanes */
    pthread_t thread;
    pid_t tid;
    char name[16];        /* what Linux calls it, as far as it came from the TCB */
    stack_t stack_before; /* of signals */
    int timer;            /* POSIX timer, TIMER_NONE until it is needed */
    uint64_t armed;       /* machine time of the timer's next shot; UINT64_MAX: none */
    paddr source;         /* what it receives from, for sync.c */
    uint8_t call;         /* enum abi_syscall: what it waits in, for sync.c */
    struct watch watch;
};

struct hosted {
    struct machine_memory memory;
    struct machine *machine;
    paddr vspace;                  /* the root task's, the only one that can run */
    _Atomic(struct lane *) holder; /* of the CPU token */
    struct lane *lanes;            /* all of them, newest first */
    struct lane *departed;         /* has left by itself, to be joined by who runs next */
    uint64_t threads_ended;        /* kernel.threads_ended, as far as lanes have followed it */
    bool may_spin;                 /* waiting lanes and the holder are on different CPUs */
    bool ending;                   /* exit() is running */
    struct hostio *io;             /* NULL: no host objects */
    _Atomic pid_t running;         /* the Linux thread of the lane that last went on */
    int wake;                      /* eventfd that ends input_wait(); -1: nobody would write it */
    uint64_t input_seen;           /* ns of the machine's clock: stdin was last looked at */
    uint64_t started;              /* ns of the monotonic clock */
    uint64_t mask;                 /* of signals that lanes block, as Linux has it */
    struct run_options options;
    struct recorder recorder;
    struct diagnostics diagnostics;
    struct log log;
};

extern struct hosted hosted;

/* libsel4's: the calling thread's IPC buffer. */
extern __thread void *__sel4_ipc_buffer;

/* The lane of the calling Linux thread; NULL: it is none. */
extern __thread struct lane *sel4ux_lane;

/* The kernel that the program was compiled for: an object of its own for each configuration. */
extern const struct kernel_config sel4ux_configuration;

static inline struct kernel *hosted_kernel(void)
{
    return &hosted.machine->kernel;
}

static inline struct tcb *lane_tcb(const struct lane *lane)
{
    return kernel_tcb(hosted_kernel(), lane->tcb);
}

/* hostio.c: opens and serves what SEL4UX_FLAGS allows; the second after the machine has booted. */
int hostio_begin(struct error *err);
int hostio_go_on(struct error *err);

/* options.c: SEL4UX_FLAGS. Returns 0, or -errno with *err set. */
int options_take(struct run_options *options, const char *text, struct error *err);

/* enter.c: enters the machine and comes back when this lane's thread is to go on. */
void lane_run(struct lane *lane, const struct stop *stop);

/* lane.c */
struct lane *lane_make_main(void);
struct lane *lane_of_current(void); /* makes it, and its Linux thread, if need be */
void lanes_follow_deletions(struct lane *self);
void lanes_rename(void); /* after a TCB got another name */
void lane_join_departed(void);
void lane_set_signal_stack(struct lane *lane);

/* token.c */
void token_hand_over(struct lane *from, struct lane *to);
void token_wait(struct lane *lane);
void token_tell_to_leave(struct lane *lane);

/* memory.c: the process's mappings as the root VSpace's tables want them */
uint64_t memory_find_room(uint64_t size); /* user addresses for the boot frames; 0: none */
void memory_apply(void);
bool memory_refuses_map(struct lane *lane); /* the page to be mapped lies where Linux has another */
bool memory_refill(uint64_t address, bool write);
bool memory_is_device(uint64_t address);

/* signals.c */
void signals_take_over(void);

/* guest_text.c: whose code may be interrupted at any instruction */
void guest_text_find(void);
bool guest_text_has(uint64_t pc);

/* timer.c */
void timer_arm(struct lane *lane);
void timer_again_soon(struct lane *lane);
void timer_idle(void);
void timer_end(struct lane *lane);
bool timer_is_ours(const siginfo_t *info);

/* input.c: stdin, for a guest that drives the serial port */
void input_begin(void);
void input_look(void);
void input_take(void); /* what there is, if it is wanted */
void input_wait(uint64_t deadline); /* of the machine's time; for input, if that is wanted */
void input_set_mode(void);          /* of the terminal, as the guest wants it */

/* output.c */
void output_pump(void);
_Noreturn void hosted_end(void); /* the machine has ended: so does the process */
_Noreturn void hosted_exit_now(void);
_Noreturn void hosted_fail(const char *format, ...) ERROR_PRINTF(1, 2);

/* sync.c: the order that IPC gives, told to ThreadSanitizer where it is there */
void sync_before(const struct lane *lane);
void sync_after(const struct lane *lane);
void sync_before_fault(const struct lane *lane);
void sync_start(const struct lane *lane);
void sync_begin_hidden(void);
void sync_end_hidden(void);

/* call.c: system calls in the TCB */
struct call_frame; /* the guest's, as the entry code leaves it */

void context_of_call(struct user_regs *r, uint64_t number, const struct sel4_trap *t,
                     const struct call_frame *frame);
void context_result(const struct user_regs *r, struct sel4_trap *t);
bool context_returns(const struct user_regs *r, const struct call_frame *frame);
bool context_restarts(struct user_regs *r, const struct call_frame *frame);
uint64_t context_number(const struct user_regs *r); /* of the system call */

/* What differs by processor: x86_64/, aarch64/. */
void context_save(struct user_regs *r, const ucontext_t *uc);
void context_load(const struct user_regs *r, ucontext_t *uc);
uint64_t context_pc(const ucontext_t *uc);

/* What a signal says of the guest's stop. False: nothing that seL4 knows. */
struct trouble {
    struct stop stop;
    uint64_t address; /* page faults */
    bool is_page_fault, write;
};
bool context_trouble(int signal, const siginfo_t *info, const ucontext_t *uc, struct trouble *t);

/* x86_64/entry.S, aarch64/entry.S */
void lane_go(struct lane *lane, const struct user_regs *r); /* returns when the lane has left */
_Noreturn void lane_jump(const struct user_regs *r);
_Noreturn void lane_leave(struct lane *lane);

#endif
