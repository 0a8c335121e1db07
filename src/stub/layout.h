/*
 * What the monitor and the stub agree on: where the window lies, which file descriptors the stub
 * has, and the engine's state in shared memory (at MACHINE_ENGINE_OFFSET).
 *
 * Only the holder of the CPU token changes `lane` and the lists; the zygote only takes from the
 * request ring; the monitor only reads. Fields that cross these borders are atomic.
 */
#ifndef SEL4UX_STUB_LAYOUT_H
#define SEL4UX_STUB_LAYOUT_H

#include <stdatomic.h>
#include <stdint.h>

#include "machine/machine.h"

/*
 * A window is one entry of a PML4, so whether a VSpace wants addresses inside it is one look at
 * that entry. Such a VSpace runs in a process whose window is the other one.
 */
#define WINDOW_BITS           39
#define WINDOW_COUNT          2
#define WINDOW_INDEX_0        252             /* of the PML4: 0x7e0000000000 */
#define WINDOW_INDEX_1        188             /* 0x5e0000000000 */
#define WINDOW_TEXT_OFFSET    0x10000000ull   /* the stub; what is below stays unmapped */
#define WINDOW_THUNKS_OFFSET  0x40000000ull   /* patch.c: within a jump's reach of the text */
#define WINDOW_SLOTS_OFFSET   0x200000000ull  /* patch.c */
#define WINDOW_NOWHERE_OFFSET 0x800000000ull  /* bases.h: nothing is mapped for 20 GiB around it */
#define WINDOW_FRAMES_OFFSET  0x1000000000ull /* frames.c */
#define WINDOW_MEMORY_OFFSET  0x4000000000ull /* the machine's memory, whole */
#define USER_ADDRESSES_END    0x7ffffffff000ull

static inline uint64_t window_index(uint32_t window)
{
    return window == 0 ? WINDOW_INDEX_0 : WINDOW_INDEX_1;
}

/* File descriptors that the stub is started with; it closes all others. */
#define STUB_FD_MEMORY   3
#define STUB_FD_DOORBELL 4
#define STUB_FD_OTHER    5 /* the stub linked for window 1 */
#define STUB_FD_TEXT     7 /* the program's file, if there is text to show; 6 is frames.c's */

#define LANE_MAX  4096 /* as many as ASIDs */
#define LANE_NONE UINT32_MAX
#define CPU_NONE  UINT32_MAX

enum lane_use {
    LANE_FREE,    /* no process */
    LANE_SPARE,   /* a process, or one being made, that stands for no VSpace */
    LANE_USED,    /* stands for the VSpace `vspace` */
    LANE_LEAVING, /* its process ends itself; free once the monitor has reaped it */
};

enum lane_turn {
    TURN_WAIT,   /* not this lane's turn; its process looks at `turn` (or does not exist yet) */
    TURN_YOURS,  /* it has the token, or takes it as soon as it looks */
    TURN_ASLEEP, /* not its turn; its process sleeps on the futex `turn` */
    TURN_CALL,   /* as TURN_WAIT, but it shall call another lane to its CPU and then sleep */
    TURN_LEAVE,  /* its process shall end itself */
};

enum lane_cpu { CPU_HOME, CPU_SECOND };

struct lane_slot {
    _Alignas(64) _Atomic uint32_t turn; /* enum lane_turn; a futex */
    _Atomic uint32_t use;               /* enum lane_use */
    _Atomic int32_t pid;                /* process and Linux thread; 0: not yet there */
    uint32_t window;
    uint32_t next;       /* in the list of spare or of free lanes: index, or LANE_NONE */
    _Atomic uint8_t cpu; /* enum lane_cpu */
    bool stale;          /* may still map what belonged to another VSpace: drop all first */
    paddr vspace;
    /* For who gets the token, which is about to touch them: the thread to run, the last one, and
     * what they meet at. */
    paddr thread, last_thread, object;
    uint32_t call; /* TURN_CALL: which lane */
};

_Static_assert(sizeof(struct lane_slot) == 64, "all that a hand-over tells is in one line");

/* relay.c: whom a lane has handed the token to after it got it from `before`. */
#define SUCCESSORS 2
struct successor {
    uint16_t before, next;
    uint8_t trust;
    bool used;
};

/* How FS and GS bases are set and read; what the host has. */
enum bases {
    BASES_KEPT,      /* by instructions, of which Linux knows */
    BASES_FORGOTTEN, /* by instructions, of which Linux does not know */
    BASES_BY_CALL,   /* by system calls: the processor or Linux refuses the instructions */
};

struct engine_state {
    /* Written by the monitor before the zygote starts. */
    enum bases bases;
    int32_t monitor_pid;
    uint64_t memory_size;
    bool patches; /* engine `patch`: sites that trap are rewritten */
    bool copies;  /* pages of text may be private copies, for that or for base_sites.h */
    /* What text.c maps from the program's file: whole pages, and where the first one is there. */
    uint64_t text_start, text_end, text_offset;

    _Alignas(64) _Atomic uint32_t running; /* 1 + lane that runs guest code, for kicks; 0 none */
    /* relay.c */
    _Atomic uint32_t waiter; /* the lane that waits awake on the other CPU; LANE_NONE */
    _Atomic uint32_t holder; /* who has the token, */
    uint32_t giver;          /* from whom, */
    uint32_t expected;       /* and who is expected to have it next */
    uint32_t crossings;      /* hand-overs between the two CPUs since both are used, */
    uint32_t settled;        /* since a lane had to change its CPU for one, */
    uint32_t moves;          /* and for how many in a row one had to */
    uint32_t votes, votes_needed;
    uint32_t cpu[2];     /* enum lane_cpu; CPU_NONE: there is no second one */
    uint32_t lane_count; /* entries of `lane` ever used */
    uint32_t spare_list[WINDOW_COUNT];
    uint32_t spare_count[WINDOW_COUNT];
    uint64_t created;     /* processes asked for so far */
    uint64_t patch_epoch; /* grows when a frame that has private copies may be written */

    /* Requests for processes: lane indices. A lane is asked for at most once at a time. */
    _Alignas(64) _Atomic uint32_t requested; /* a futex */
    _Atomic uint32_t served;
    _Atomic uint32_t request[LANE_MAX];

    struct lane_slot lane[LANE_MAX];
    struct successor successor[LANE_MAX][SUCCESSORS];
};

_Static_assert(sizeof(struct engine_state) <= MACHINE_WRITTEN_OFFSET - MACHINE_ENGINE_OFFSET,
               "engine state size");

static inline struct engine_state *engine_state_of(struct machine *m)
{
    return (struct engine_state *)((char *)m + MACHINE_ENGINE_OFFSET);
}

#endif
