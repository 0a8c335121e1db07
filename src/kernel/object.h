/*
 * The kernel's objects as they lie in guest physical memory.
 *
 * Everything that seL4 keeps in memory taken from untypeds lies here at the same place and with
 * the same size, so what a guest can measure of memory is exact. Objects refer to each other by
 * physical address (`paddr`; 0 is none), never by pointer: the memory is shared by processes that
 * map it at different addresses. kernel_at() in kernel.h turns a paddr into a pointer.
 *
 * All-zero memory is a valid empty object of every type except TCB (see tcb_init).
 */
#ifndef SEL4UX_KERNEL_OBJECT_H
#define SEL4UX_KERNEL_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr; /* guest physical address, or that of an object; 0: none */
typedef uint64_t word;  /* what a guest calls seL4_Word */

#define BIT(n)  (1ull << (n))
#define MASK(n) (BIT(n) - 1)

#define SLOT_BITS        5  /* log2 bytes of a slot */
#define MIN_TCB_BITS     11 /* abi.tcb_bits says how many a configuration has */
#define ENDPOINT_BITS    4
#define PAGE_BITS        12
#define LARGE_BITS       21
#define HUGE_BITS        30
#define TABLE_BITS       12 /* every paging structure */
#define ASID_POOL_BITS   12
#define ASID_INDEX_BITS  9 /* log2 ASIDs in a pool */
#define ASID_POOL_COUNT  8
#define MIN_UNTYPED_BITS 4
#define MAX_UNTYPED_BITS 47
#define MIN_SC_BITS      7
#define REPLY_BITS       5
#define PADDR_DEVICE_TOP BIT(47)               /* physical addresses that a guest may be given */
#define USER_TOP         0x00007ffffffff000ull /* seL4_UserTop: first address that no user maps */

/*
 * Where the real kernel maps physical memory. Objects are aligned as addresses there, which differs
 * from paddr alignment for untypeds of 2^40 bytes and more.
 */
#define KERNEL_WINDOW 0xffffff8000000000ull

/* ------------------------------------------------------------------ capabilities */

enum cap_type {
    CAP_NULL,
    CAP_UNTYPED,
    CAP_ENDPOINT,
    CAP_NOTIFICATION,
    CAP_REPLY, /* without MCS: to a caller's TCB; with MCS: to a reply object */
    CAP_CNODE,
    CAP_THREAD,
    CAP_IRQ_CONTROL,
    CAP_IRQ_HANDLER,
    CAP_ZOMBIE,
    CAP_DOMAIN,
    CAP_SCHED_CONTEXT,
    CAP_SCHED_CONTROL,
    CAP_FRAME,
    CAP_PAGE_TABLE,
    CAP_PAGE_DIRECTORY,
    CAP_PDPT,
    CAP_PML4,
    CAP_ASID_CONTROL,
    CAP_ASID_POOL,
    CAP_IO_PORT,
    CAP_IO_PORT_CONTROL,
    CAP_IO_SPACE, /* exists so that images with an IOMMU configured find it; no invocation */
    CAP_HOST,     /* no type of seL4's: something outside the machine, see host.h */
};

enum frame_size { FRAME_4K, FRAME_2M, FRAME_1G };

/* seL4's VM rights; values are the real kernel's */
enum vm_rights { VM_KERNEL_ONLY = 1, VM_READ_ONLY = 2, VM_READ_WRITE = 3 };

enum frame_map { FRAME_UNMAPPED, FRAME_MAPPED_VSPACE };

/*
 * One capability. Every variant starts with `type` and, where it names an object, `obj`; the null
 * capability is all zero. Build one with a designated initialiser:
 *     struct cap c = {.endpoint = {.type = CAP_ENDPOINT, .obj = p, .can_send = 1}};
 */
struct cap {
    union {
        uint64_t w[2];
        struct {
            uint64_t type : 5, obj : 48, : 11;
            uint64_t : 64;
        };
        struct {
            uint64_t type : 5, obj : 48, size_bits : 6, is_device : 1, : 4;
            uint64_t free : 48, : 16; /* watermark: bytes in use from obj, a multiple of 16 */
        } untyped;
        struct {
            uint64_t type : 5, obj : 48, can_send : 1, can_receive : 1, can_grant : 1,
                can_grant_reply : 1, : 7;
            uint64_t badge;
        } endpoint;
        struct {
            uint64_t type : 5, obj : 48, can_send : 1, can_receive : 1, : 9;
            uint64_t badge;
        } notification;
        struct {
            uint64_t type : 5, obj : 48, is_master : 1, can_grant : 1, : 9;
            uint64_t : 64;
        } reply;
        struct {
            uint64_t type : 5, obj : 48, radix : 6, : 5;
            uint64_t guard_size : 6, guard : 58;
        } cnode;
        struct {
            uint64_t type : 5, obj : 48, : 11;          /* obj: the slots that remain */
            uint64_t radix : 6, is_tcb : 1, count : 57; /* count: slots not yet emptied */
        } zombie;
        struct {
            uint64_t type : 5, : 59;
            uint64_t irq;
        } irq_handler;
        struct {
            uint64_t type : 5, obj : 48, size_bits : 6, : 5;
            uint64_t : 64;
        } sched_context;
        struct {
            uint64_t type : 5, : 59;
            uint64_t core;
        } sched_control;
        struct {
            uint64_t type : 5, obj : 48, size : 2, is_device : 1, rights : 2, : 6;
            uint64_t vaddr : 48, asid : 12, map : 2, : 2;
        } frame;
        struct {
            uint64_t type : 5, obj : 48, is_mapped : 1, : 10;
            uint64_t vaddr : 48, asid : 12, : 4;
        } table; /* page table, page directory, PDPT and PML4 (which has no vaddr) */
        struct {
            uint64_t type : 5, obj : 48, : 11;
            uint64_t asid_base : 12, : 52;
        } asid_pool;
        struct {
            uint64_t type : 5, : 59;
            uint64_t first : 16, last : 16, : 32;
        } io_port;
        struct {
            uint64_t type : 5, index : 48, can_read : 1,
                can_write : 1, : 9; /* kernel.host[index] */
            uint64_t : 64;
        } host;
    };
};

#define CAP_NONE ((struct cap){.w = {0, 0}})

/* Position in the derivation tree: a doubly linked list in pre-order, as the real kernel keeps it.
 */
struct mdb {
    uint64_t prev : 48, : 16;
    uint64_t next : 48, revocable : 1, first_badged : 1, : 14;
};

struct cte {
    struct cap cap;
    struct mdb mdb;
};

/* ------------------------------------------------------------------ IPC objects */

struct tcb_queue {
    paddr head, tail;
};

enum endpoint_state { EP_IDLE, EP_SEND, EP_RECV };

struct endpoint {
    uint64_t head : 48, state : 2, : 14;
    uint64_t tail : 48, : 16;
};

enum notification_state { NTFN_IDLE, NTFN_WAITING, NTFN_ACTIVE };

struct notification {
    uint64_t head : 48, state : 2, : 14;
    uint64_t tail : 48, : 16;
    uint64_t badge; /* what has been signalled, when active */
    uint64_t bound_tcb : 48, : 16;
    uint64_t : 0; /* so that no access to bound_tcb reaches beyond the 32 bytes without MCS */
    uint64_t sched_context : 48, : 16; /* MCS only: the object is 64 bytes there, 32 elsewhere */
};

/* ------------------------------------------------------------------ threads */

/* Slots in a TCB. Without MCS the last two stay empty, with MCS reply and caller do. */
enum tcb_slot {
    TCB_CTABLE,
    TCB_VTABLE,
    TCB_REPLY,  /* master reply cap: what callers' reply caps are derived from */
    TCB_CALLER, /* the reply cap to who called this thread */
    TCB_BUFFER,
    TCB_FAULT_HANDLER,
    TCB_TIMEOUT_HANDLER,
    TCB_SLOT_COUNT
};

enum thread_state {
    THREAD_INACTIVE,
    THREAD_RUNNING,
    THREAD_RESTART, /* runnable; runs its faulting instruction or system call again */
    THREAD_BLOCKED_ON_RECEIVE,
    THREAD_BLOCKED_ON_SEND,
    THREAD_BLOCKED_ON_REPLY,
    THREAD_BLOCKED_ON_NOTIFICATION,
};

/* User registers, in the order of seL4_UserContext, then what a restart needs. */
struct user_regs {
    word rip, rsp, rflags;
    word rax, rbx, rcx, rdx, rsi, rdi, rbp;
    word r8, r9, r10, r11, r12, r13, r14, r15;
    word fs_base, gs_base;
    word fault_ip; /* the instruction that entered the kernel; rip is where it goes on */
    word error;    /* hardware error code of the last fault */
};

enum fault_kind {
    FAULT_NONE,
    FAULT_CAP,
    FAULT_UNKNOWN_SYSCALL,
    FAULT_USER_EXCEPTION,
    FAULT_DEBUG_EXCEPTION,
    FAULT_TIMEOUT,
    FAULT_VM,
};

/* A failed look-up, as a guest is told of it. */
struct lookup_fault {
    uint32_t type; /* enum seL4_LookupFailureType */
    uint32_t bits_left;
    uint32_t
        bits_found; /* depth mismatch: bits that the CNode wanted; guard mismatch: guard size */
    word guard_found;
};

struct fault {
    uint32_t kind;    /* enum fault_kind */
    bool in_receive;  /* cap fault: while receiving */
    bool instruction; /* VM fault: on a fetch */
    word address;     /* cap fault: the cptr; VM fault: address; debug: breakpoint address */
    word number;      /* syscall number; exception vector; debug: reason; timeout: data */
    word code;        /* exception or VM fault status; debug: breakpoint number */
    struct lookup_fault lookup;
};

/*
 * What last went wrong for a thread, for people who look at the state: the model never reads it. A
 * guest is not told of all of these (an invocation without reply, a send that does not wait).
 */
enum failure_kind {
    FAILURE_NONE,
    FAILURE_LOOKUP,     /* fault.address is no usable capability, fault.lookup says why */
    FAILURE_INVOCATION, /* the invocation `label` of fault.address ended with `error` */
    FAILURE_STOPPED,    /* no handler took its fault */
};

struct failure {
    uint8_t kind;     /* enum failure_kind */
    uint8_t cap_type; /* FAILURE_INVOCATION: enum cap_type of what was invoked */
    uint16_t label;   /* enum abi_invocation */
    uint32_t error;   /* enum seL4_Error */
    word argument;    /* of an error that names one */
    uint64_t entry;   /* the kernel entry that it happened in: see struct kernel.entries */
    struct fault fault;
};

#define FPU_AREA_SIZE 832 /* XSAVE area of x87, SSE and AVX, standard form */

struct breakpoint {
    word vaddr;
    uint8_t type, size, access, enabled;
};

#define BREAKPOINT_COUNT 4

struct debug_regs {
    struct breakpoint slot[BREAKPOINT_COUNT];
    word steps_left;
    bool single_step;
};

#define THREAD_NAME_SIZE 64

/* What a thread has used since it was reset, see utilisation.h: ticks, and how often. */
struct utilisation {
    uint64_t since; /* ticks: when it was switched to last */
    uint64_t time, switches, kernel_time, entries;
};

/*
 * A TCB. `slot` comes first: a cap to the slots of a zombie TCB is a cap to the TCB's own address.
 * Queue links: `sched` is the ready queue (or release queue), `ep` the endpoint's or
 * notification's.
 */
struct tcb {
    struct cte slot[TCB_SLOT_COUNT];
    word fault_handler; /* without MCS: a cptr in this thread's own CSpace; 0 none */
    word ipc_buffer;    /* user address; 0 none */
    paddr sched_prev, sched_next;
    /* What every message changes, in one cache line. */
    _Alignas(64) uint8_t state; /* enum thread_state */
    bool queued;                /* on a ready queue */
    bool in_release_queue;      /* MCS: waits for budget */
    bool blocking_can_grant, blocking_can_grant_reply, blocking_is_call;
    uint8_t domain, priority, mcp;
    bool by_syscall;       /* came last by a system call, so it leaves by SYSRET */
    bool spins;            /* the machine's: ran long, and has not entered the kernel since */
    bool held;             /* by a debugger: does not run, and is on no ready queue, until let go */
    uint8_t debugger_step; /* the machine's: enum debugger_step */
    bool debugger_raises;  /* the machine's: a fault at debugger_rip is not to stop it again */
    uint32_t time_slice;   /* ticks left; without MCS */
    uint32_t flags;        /* seL4_TCBFlag */
    paddr blocking_object;
    word blocking_badge;
    paddr bound_notification;
    paddr ep_prev, ep_next;
    struct fault fault;
    struct lookup_fault lookup_fault;
    paddr sched_context; /* MCS: 0: it has no time of its own and can't run */
    paddr yield_to;      /* MCS: the scheduling context that it yielded to and will hear of */
    paddr reply; /* MCS: while blocked on a reply or receiving: the reply object involved; else 0 */
    word debugger_rip; /* the machine's: where it was when the debugger let it go */
    uint64_t serial;   /* 1 for the first thread of the system, and so on: never used again */
    struct debug_regs debug;
    char name[THREAD_NAME_SIZE];
    _Alignas(64) struct user_regs regs;
    struct utilisation utilisation;
    paddr all_prev, all_next; /* every TCB, newest first: debug dumps and tools walk it */
    struct failure failure;
    _Alignas(64) uint8_t fpu[FPU_AREA_SIZE];
};

_Static_assert(offsetof(struct tcb, fault) - offsetof(struct tcb, state) == 64, "one line");
_Static_assert(sizeof(struct cte) == BIT(SLOT_BITS), "slot size");
_Static_assert(sizeof(struct endpoint) == BIT(ENDPOINT_BITS), "endpoint size");
_Static_assert(sizeof(struct tcb) <= BIT(MIN_TCB_BITS), "TCB size");

/* ------------------------------------------------------------------ time, with MCS */

#define MIN_REFILLS 2

/* An amount of time, ns, that may be used from `time` on, ns since boot. */
struct refill {
    uint64_t time, amount;
};

/*
 * A scheduling context: the right to run for some time in each period. The refills are a ring of
 * refill_max entries, in ascending order of time, from head to tail; there is always one at least.
 */
struct sched_context {
    uint64_t period;     /* ns; 0: round robin, the whole budget is always due */
    uint64_t consumed;   /* ns that were used since someone was last told */
    uint64_t core;       /* the CPU where it counts; there is none but 0 */
    paddr tcb;           /* who runs on it */
    paddr reply;         /* top of the stack of calls that it came along; 0: none */
    paddr notification;  /* that lends it to who receives from it */
    word badge;          /* what a timeout fault tells its handler */
    paddr yield_from;    /* who waits to hear what was consumed */
    uint64_t refill_max; /* entries of the ring; 0: not configured, who runs on it can't run */
    uint64_t refill_head, refill_tail;
    bool sporadic;
    struct refill refill[];
};

/*
 * A reply object. With `tcb` blocked on a reply it stands for that call; with `tcb` receiving it
 * awaits one. Calls that took a scheduling context along form a stack: `prev` is the call before,
 * `next` the one after or, of the top, the scheduling context.
 */
struct reply {
    paddr tcb, prev, next;
    bool next_is_context;
};

_Static_assert(sizeof(struct sched_context) + MIN_REFILLS * sizeof(struct refill) ==
                   BIT(MIN_SC_BITS),
               "scheduling context size");
_Static_assert(sizeof(struct reply) == BIT(REPLY_BITS), "reply size");

/* ------------------------------------------------------------------ VSpaces */

/*
 * Paging structures hold hardware-format entries: the same bits as the real kernel writes, with
 * physical addresses. User addresses use the lower half of a PML4; its upper half, which the real
 * kernel fills with its own mappings, holds this.
 */
#define PENDING_RANGES 64

struct vspace_range {
    uint64_t start, end; /* user addresses, page aligned; end is exclusive */
};

struct vspace_shadow {
    uint32_t host;    /* the engine's: 1 + index of the address space that stands for it; 0 none */
    uint32_t asid;    /* 0: none assigned */
    uint32_t serial;  /* 1 for the first VSpace that got an ASID, and so on: never used again */
    bool flush_all;   /* too many ranges: everything may have changed */
    bool known;       /* the machine's: a debugger has been told of it, or was not there */
    uint32_t pending; /* number of `range` entries in use */
    struct vspace_range range[PENDING_RANGES]; /* mappings that changed since the engine looked */
};

struct pml4 {
    uint64_t entry[256];
    struct vspace_shadow shadow;
};

_Static_assert(sizeof(struct pml4) <= BIT(TABLE_BITS), "PML4 size");

#define PTE_PRESENT       BIT(0)
#define PTE_WRITE         BIT(1)
#define PTE_USER          BIT(2)
#define PTE_WRITE_THROUGH BIT(3)
#define PTE_CACHE_DISABLE BIT(4)
#define PTE_LARGE         BIT(7) /* in a PD or PDPT: the entry maps a 2M or 1G frame */
#define PTE_ADDR_MASK     0x000ffffffffff000ull

struct asid_pool {
    paddr pml4[BIT(ASID_INDEX_BITS)];
};

#endif
