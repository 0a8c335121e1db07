/*
 * The kernel model: seL4's semantics as a pure function of its state and its inputs.
 *
 * struct kernel is the whole state besides what lies in guest physical memory, which follows it
 * in the address space: kernel_at(k, p) is the host's pointer to physical address p. There is no
 * pointer in either, so any process may map the pair anywhere. Whoever calls in is the only one
 * to do so at that time (it holds the CPU token).
 *
 *     save the guest's registers to kernel_current(k)->regs; describe why it stopped;
 *     kernel_enter(k, &stop);
 *     run the thread k->current (0: idle) until it stops.
 *
 * What the model needs from its machine (I/O ports, interrupt controller, console) is platform.h.
 */
#ifndef SEL4UX_KERNEL_KERNEL_H
#define SEL4UX_KERNEL_KERNEL_H

#include "abi/abi.h"
#include "kernel/object.h"

/* Where physical address 0 lies behind struct kernel; what is between belongs to the machine. */
#define KERNEL_RAM_OFFSET (16ull << 20)

#define PRIORITY_COUNT       256
#define MAX_DOMAINS          CONFIG_MAX_DOMAINS
#define MAX_DOMAIN_SCHEDULES 256
#define IRQ_COUNT            256 /* seL4's irq numbers: vectors minus 0x20; 0-15 ISA, then IOAPIC/MSI */
#define MAX_BOOT_REGIONS     16
#define HOST_OBJECTS         1024
#define HOST_GRANTS          64 /* of these, those that exist from the start come first */

struct ready_queues {
    struct tcb_queue queue[PRIORITY_COUNT];
    uint64_t bitmap[PRIORITY_COUNT / 64]; /* priorities with a non-empty queue */
};

enum irq_state { IRQ_INACTIVE, IRQ_SIGNAL, IRQ_TIMER, IRQ_RESERVED };
enum irq_source { IRQ_SOURCE_FREE, IRQ_SOURCE_IOAPIC, IRQ_SOURCE_MSI, IRQ_SOURCE_PIC };

struct irq {
    uint8_t state;                        /* enum irq_state */
    uint8_t source;                       /* enum irq_source */
    uint8_t ioapic, pin, level, polarity; /* IOAPIC; PIC: the pin where its line is there */
    uint8_t bus, device, function;        /* MSI */
    uint32_t handle;
};

/* Whether it comes over a line that can be masked. */
static inline bool irq_has_pin(const struct irq *i)
{
    return i->source == IRQ_SOURCE_IOAPIC || i->source == IRQ_SOURCE_PIC;
}

/* What a host capability names. Who carries out requests on it knows it by its index. */
struct host_object {
    uint8_t kind;    /* enum sel4ux_host_kind; SEL4UX_HOST_NONE: free */
    uint8_t armed;   /* enum sel4ux_host_events: the first to come is signalled */
    uint16_t parent; /* 1 + index of the object that it was made through; 0: of none that lives */
};

/* One decision of the syscall being handled, as the guest will be told of it. */
struct syscall_error {
    uint32_t type; /* enum seL4_Error */
    word argument; /* InvalidArgument: which argument; InvalidCapability: which cap */
    word range_min, range_max;
    word memory_left;
    bool lookup_in_source; /* FailedLookup */
};

enum scheduler_action { SCHED_RESUME_CURRENT, SCHED_CHOOSE_NEW, SCHED_SWITCH_TO };

struct domain_schedule {
    uint32_t domain;
    uint64_t length; /* kernel ticks; with MCS time stamp counter ticks. 0 ends the list */
};

/* The state of the kernel. What a comment does not say is private to src/kernel. */
struct kernel {
    struct kernel_config config;
    struct abi abi;
    uint64_t ram_size; /* bytes of physical address space behind the state, holes included */

    /*
     * From here to `ready` is what nearly every entry writes: one cache line, since the next entry
     * may be on another CPU.
     */
    _Alignas(64) paddr current; /* the running TCB; 0: idle. Public: the engine runs it. */
    uint64_t now; /* ns since boot; the machine sets it before each entry and never back. Public. */
    uint64_t entries; /* kernel entries so far */
    /*
     * The engine's. The thread whose floating-point state is in the processor and newer than its
     * TCB's (0: none), and the frame that has last become an IPC buffer, for the engine to take.
     */
    paddr fpu_thread, buffer_frame;
    paddr action_target;
    uint32_t action; /* enum scheduler_action */
    bool halted;     /* DebugHalt or a fatal guest error: nothing runs any more. Public. */
    /* The last entry was cut short for an interrupt, which the machine shall deliver before it runs
     * a thread: the operation goes on when its thread runs again. Public. */
    bool in_preemptible;
    bool recording; /* platform_record() is to be told what happens. Public. */
    bool counting;  /* see utilisation.h */

    _Alignas(64) struct ready_queues ready[MAX_DOMAINS];
    uint32_t current_domain;
    struct domain_schedule domain_schedule[MAX_DOMAIN_SCHEDULES];
    uint32_t domain_index, domain_start;
    uint64_t domain_time; /* left of the current domain: ticks; with MCS ns */
    uint32_t work_units;  /* since the last preemption point that looked */

    /* MCS: who pays for time. The current thread runs on current_sc, except within an entry. */
    _Alignas(64) paddr current_sc;  /* 0: idle */
    uint64_t cur_time;              /* ns: when time was last looked at; never beyond `now` */
    uint64_t consumed;              /* ns that current_sc has used and has not been charged for */
    bool reprogram;                 /* something depends on cur_time: charge at this entry's end */
    struct tcb_queue release_queue; /* who waits for budget, first to become due first */
    uint32_t tsc_mhz;               /* of the time stamp counter that guests see; 0: unknown */

    struct syscall_error error;
    struct fault fault; /* the fault being raised by the current operation */
    struct lookup_fault lookup_fault;

    struct irq irq[IRQ_COUNT];
    paddr irq_node; /* IRQ_COUNT slots in memory that the real kernel's image would occupy */
    paddr asid_table[ASID_POOL_COUNT];
    uint64_t io_ports[65536 / 64]; /* allocated I/O ports */

    paddr all_threads;      /* head of struct tcb.all_next */
    uint64_t threads_made;  /* TCBs that were made so far */
    uint32_t vspaces_made;  /* VSpaces that got an ASID so far */
    uint64_t threads_ended; /* TCBs that were deleted so far. Public. */
    paddr unhandled; /* the last thread that a fault without a handler has stopped. Public. */
    bool halt_reported;
    struct utilisation utilisation_idle, utilisation_total; /* see utilisation.h */

    struct host_object host[HOST_OBJECTS];
    paddr host_node;    /* a slot for each, beside irq_node; 0: the machine began without any */
    uint32_t host_last; /* the index that was given last */
};

_Static_assert(offsetof(struct kernel, ready) - offsetof(struct kernel, current) == 64, "one line");
_Static_assert(sizeof(struct kernel) < KERNEL_RAM_OFFSET, "kernel state fits before RAM");

/* ------------------------------------------------------------------ running */

enum stop_kind {
    STOP_NONE,            /* nothing happened: only pick who runs */
    STOP_SYSCALL,         /* regs.rip is after the instruction, regs.fault_ip at it */
    STOP_UNKNOWN_SYSCALL, /* not seL4's instruction; `number` is what the guest asked for */
    STOP_VM_FAULT,        /* address, code: x86 error code, instruction */
    STOP_EXCEPTION,       /* number: vector, code: error code */
    STOP_DEBUG,           /* #DB: address, number: DR6 bits */
    STOP_INTERRUPT,       /* number: seL4 irq; the current thread was interrupted or idle */
    STOP_HOST, /* number: host object; as STOP_INTERRUPT, an event that it is armed for */
    STOP_TICK, /* without MCS the periodic tick; with MCS kernel_deadline has come */
};

struct stop {
    uint32_t kind; /* enum stop_kind */
    bool instruction;
    word address, number, code;
};

/*
 * Handles one kernel entry of the current thread (or of the idle machine) and decides who runs
 * next. For all kinds but SYSCALL, regs.fault_ip == regs.rip on entry.
 */
void kernel_enter(struct kernel *k, const struct stop *stop);

/* For debuggers: whether a fault of this thread would reach a handler. */
bool kernel_handles_faults(struct kernel *k, paddr tcb);

/*
 * For debuggers, between entries: the thread does not run, whatever its state, until it is let go.
 * Others run as if it were not there; who runs may be another one afterwards.
 */
void kernel_hold(struct kernel *k, paddr tcb, bool held);

/* Whether delivering `irq` now would make a thread runnable: someone waits for its notification. */
bool kernel_interrupt_wakes(const struct kernel *k, unsigned irq);

/* The same for an event of a host object that is armed. */
bool kernel_host_wakes(const struct kernel *k, unsigned index);

/* Whether time slices matter now: another thread of the current priority, or more domains. */
bool kernel_wants_tick(const struct kernel *k);

/*
 * With MCS: when, in ns since boot, the kernel wants a STOP_TICK next (a budget ends or comes, a
 * domain's time is over); UINT64_MAX: never. May be in the past. Without MCS always UINT64_MAX.
 */
uint64_t kernel_deadline(const struct kernel *k);

/* Whether no thread runs, and none ever will unless something from outside wakes one. */
bool kernel_is_still(const struct kernel *k);

/* ------------------------------------------------------------------ views for the engine and tools
 */

static inline void *kernel_at(const struct kernel *k, paddr p)
{
    /* What lies behind struct kernel is not part of it: the compiler must not reason that it is. */
    uintptr_t base = (uintptr_t)k;

    __asm__("" : "+r"(base));
    return (void *)(base + KERNEL_RAM_OFFSET + p);
}

static inline struct tcb *kernel_tcb(const struct kernel *k, paddr tcb)
{
    return kernel_at(k, tcb);
}

static inline struct tcb *kernel_current(const struct kernel *k)
{
    return kernel_tcb(k, k->current);
}

/*
 * The PML4 that `tcb` runs in, or 0 when its VSpace root is missing, has no ASID or belongs to
 * another: such a thread has no user mappings at all and faults on its first instruction.
 */
paddr kernel_vspace(const struct kernel *k, paddr tcb);

struct translation {
    uint64_t start, end; /* the naturally aligned user range of this one mapping */
    paddr frame;         /* physical address that `start` maps to */
    bool write;
};

/* Walks the tables of `pml4` for user address `vaddr`; false when nothing is mapped there. */
bool kernel_translate(const struct kernel *k, paddr pml4, uint64_t vaddr, struct translation *t);

/*
 * The error code that x86 gives for a faulting user access at `vaddr` in `pml4` (0: none): the
 * host's own code tells only what its lazily filled mappings look like.
 */
word kernel_fault_code(const struct kernel *k, paddr pml4, uint64_t vaddr, bool write);

/* ------------------------------------------------------------------ boot */

struct boot_region {
    paddr start, end;
};

/* A host object that exists from the start. */
struct boot_grant {
    uint8_t kind; /* enum sel4ux_host_kind */
    bool writable;
    uint64_t slot_at; /* in the extra boot info: the word that is told its slot */
};

/* What the boot loader and firmware leave for kernel_boot; filled by src/machine. */
struct boot_image {
    /* User image as loaded, page aligned. Empty, with entry 0: the root task is not in RAM at all,
     * what follows is put behind this address. */
    uint64_t vaddr_start, vaddr_end;
    paddr paddr_start; /* where the machine put vaddr_start */
    uint64_t entry;
    paddr kernel_start, kernel_end; /* memory that the real kernel's image would occupy */
    paddr kernel_boot_end; /* the part from kernel_start that users get back as untypeds; 0: none */
    uint32_t memory_count, reserved_count;
    struct boot_region memory[MAX_BOOT_REGIONS];   /* usable RAM, ascending */
    struct boot_region reserved[MAX_BOOT_REGIONS]; /* never given to users (kernel, APIC, IOAPIC) */
    uint32_t tsc_mhz;
    const void *extra;   /* extra boot info: seL4_BootInfoHeader-framed chunks, in order */
    uint64_t extra_size; /* bytes, without the leading header space that the kernel adds none of */
    uint32_t grant_count;
    struct boot_grant grant[HOST_GRANTS]; /* host objects 0 ... */
};

/*
 * Makes the initial CSpace, VSpace, boot info and thread as seL4 lays them out, in zeroed RAM with
 * the image already in place. `k` must be zero but for config and ram_size. Returns 0, or
 * -ENOSPC / -EINVAL with a reason in *why when the image does not fit.
 */
int kernel_boot(struct kernel *k, const struct boot_image *image, const char **why);

/* Checks the model's invariants (MDB tree, queues, states); NULL or what is wrong. For tests. */
const char *kernel_check(const struct kernel *k);

#endif
