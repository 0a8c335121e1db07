/*
 * The stub: our code beside the guest. One process stands for one VSpace; in it, one lane (a Linux
 * thread) runs that VSpace's threads, one at a time.
 *
 * Guest code runs only while its lane holds the CPU token. Signal handlers run on the lane's own
 * stack. What interrupts our own code is taken later (entry.c). So whoever executes stub code past
 * token_wait() owns the whole machine state until it calls token_hand_over() or returns to the
 * guest.
 */
#ifndef SEL4UX_STUB_STUB_H
#define SEL4UX_STUB_STUB_H

#include <asm/signal.h>

#include <asm/sigcontext.h>
#include <asm/siginfo.h>
#include <asm/ucontext.h>

#include "stub/layout.h"

/* A lane's block: struct lane at its start, its signal stack above. Found from any address in it.
 */
#define LANE_BLOCK_SIZE 65536

struct lane {
    /* For entry.S, see entry.h. */
    struct user_regs *regs; /* of the thread that runs here */
    uint64_t leave_rip, leave_rsp, leave_flags;
    _Atomic uint8_t deferred; /* signals that came while our own code ran */

    bool by_signal;       /* the return to the guest waits for a signal to return from */
    uint8_t patching;     /* enum patching */
    uint64_t patch_epoch; /* engine_state.patch_epoch that this process has caught up with */
    struct machine *machine;
    struct engine_state *engine;
    struct lane_slot *slot;
    uint32_t index;
    bool born;      /* the first signal, which has no guest below it, has been taken */
    bool fpu_sse;   /* since this entry it is known that the processor holds SSE state only */
    bool steps;     /* the trap flag in the signal frame is ours, for machine_steps() */
    uint32_t spins; /* relay.c: for how many looks it waits awake, if it is the next one itself */
    uint32_t next;  /* relay.c: who is to wait awake for its turn, when this lane has handed over */
    uint32_t kick;  /* machine.kick as it was before the machine last looked around */
    int32_t timer;
    uint64_t armed;      /* machine time of the timer's next shot; UINT64_MAX none */
    struct watch watch;  /* virtual time: where the guest was when it was armed */
    uint64_t watched_ns; /* virtual time: this thread's processor time then */
    enum bases bases;
    uint64_t nowhere;          /* bases.h: an FS base that is none of the guest's but a lost one */
    uint64_t fs_base, gs_base; /* as the processor has them now */
    uint64_t lost_at;          /* the instruction at which FS was found lost the last time, */
    uint32_t losses;           /* and how often in a row, */
    uint64_t lost_entries;     /* with no kernel entry between */
    bool tells_fs;             /* Linux is told of each FS base; it doesn't get lost any more */
    paddr thread;              /* whose floating-point state is in a signal frame; 0: nobody's, */
    const void *frame_fpu;     /* and where there */
    struct breakpoint breakpoint[BREAKPOINT_COUNT]; /* enabled: an event of Linux's has it */
    int32_t breakpoint_event[BREAKPOINT_COUNT];
};

static inline struct lane *lane_here(void)
{
    return (struct lane *)((uintptr_t)__builtin_frame_address(0) & ~(LANE_BLOCK_SIZE - 1ull));
}

/* Linker: where the window begins, and what text Linux calls may come from. */
#define STUB_LOCAL __attribute__((visibility("hidden")))
extern STUB_LOCAL char window_start[], stub_text_start[], stub_text_end[];
#define WINDOW_END ((uint64_t)window_start + (1ull << WINDOW_BITS))

/* For large variables, which the linker puts apart: what is used together lies together, since a
 * process pays a page fault for each page that it touches. */
#define STUB_TABLE __attribute__((section(".bss.table")))

/* zygote.c: called by start.S with the stack as exec left it */
_Noreturn void stub_main(const uint64_t *exec_stack);

/* confine.c: signals, Syscall User Dispatch, seccomp. False: the host refuses. */
bool confine_signals(struct lane *lane);
bool confine_syscalls(bool breakpoints);

/* Those that are no exceptions of the processor. They are blocked in their own handlers. */
#define SIGNAL_BIT(signal) (1ull << ((signal)-1))
#define SIGNAL_INTERRUPTS  (SIGNAL_BIT(SIGALRM) | SIGNAL_BIT(SIGUSR1))
#define SIGNAL_MASK_SIZE   8

/* signals.c: the handler; start.S has made the flags sane before it comes here */
void signal_entered(int signal, const siginfo_t *info, struct ucontext *uc);
STUB_LOCAL void signal_entry(void);    /* start.S */
STUB_LOCAL void signal_restorer(void); /* start.S */

/* regs.c: between the signal frame and kernel_current()'s TCB */
void regs_save(struct lane *lane, const struct ucontext *uc);
void regs_load(struct lane *lane, struct ucontext *uc);
void regs_save_fpu(struct tcb *tcb, const struct ucontext *uc);
uint64_t regs_flags(const struct user_regs *regs); /* as user mode may have them */

/* entry.c: the way in and out that is no signal */
enum interrupted {
    INTERRUPTED_GUEST,   /* the registers in the frame are the guest's */
    INTERRUPTED_STUB,    /* our own code, which looks at it later */
    INTERRUPTED_LEAVING, /* our own code, with all of the guest's registers in its TCB */
    INTERRUPTED_WAITING, /* the same, and it wants to leave through the frame */
};
enum interrupted entry_interrupted(struct lane *lane, int signal, struct ucontext *uc);
void entry_take_deferred(struct lane *lane);
void entry_fpu_release(struct lane *lane); /* before another lane gets the token */
/* False: the thread is at a patched `syscall`, *stop says so. */
bool entry_leave(struct lane *lane, const struct stop **stop);
void entry_restart(struct user_regs *regs);         /* rip is at a `syscall`: execute it */
STUB_LOCAL _Noreturn void entry_go(void);           /* entry.S: to the guest, after entry_leave() */
STUB_LOCAL uint32_t entry_fpu_store(uint8_t *area); /* entry.S */
STUB_LOCAL void entry_fpu_fetch(const uint8_t *area, bool sse); /* entry.S */

/* memory.c: the process's mappings as a cache of the VSpace's tables */
enum refill_result { REFILL_DONE, REFILL_DEVICE, REFILL_FAULT };
#define FAULT_PRESENT 1u
#define FAULT_WRITE   2u
#define FAULT_FETCH   16u
/* `error` is a page fault's, or says what is expected. */
enum refill_result memory_refill(struct lane *lane, uint64_t address, unsigned error);
void memory_forget_changes(struct lane *lane);              /* before guest code runs */
_Noreturn void memory_fail(struct lane *lane, long result); /* the host's answer to a mapping */

/* text.c: the page at `address` has been mapped; and nothing is mapped any more. True: the page is
 * another one now, or none, and is to be touched again. */
bool text_show(struct lane *lane, uint64_t address);
void text_forget(void);

/*
 * lane.c: enters the machine and comes back when the current thread is to run here. Without a
 * signal frame (NULL) its registers have been left for entry.S.
 */
void lane_run(struct lane *lane, struct ucontext *uc, const struct stop *stop);
void lane_start(struct lane *lane);
void lane_resume(struct lane *lane, struct ucontext *uc); /* what `current` is has been decided */
_Noreturn void lane_end(struct lane *lane);

/* token.c: which lane stands for a VSpace, and whose turn it is */
uint32_t token_lane_for(struct lane *lane, paddr vspace);
void token_hand_over(struct lane *lane, uint32_t to);
void token_wait(struct lane *lane);

/* relay.c: which CPU lanes are on, and who waits awake */
void relay_choose_cpus(struct engine_state *e);       /* the zygote */
void relay_hand_over(struct lane *lane, uint32_t to); /* the holder is about to */
void relay_wakes(struct lane *lane, uint32_t to);     /* that one sleeps */
void relay_wait(struct lane *lane);   /* the token is given; awake for a while if it comes soon */
void relay_called(struct lane *lane); /* TURN_CALL */

/* timer.c */
bool timer_make(struct lane *lane);
void timer_arm(struct lane *lane);
void timer_shot(struct lane *lane); /* SIGALRM came */
void timer_idle(struct lane *lane);

/* breakpoint.c: only a return from a signal may go on with what it concerns; unpatched */
bool breakpoint_concerns(const struct lane *lane);
void breakpoint_load(struct lane *lane);
/* The registers have been saved. */
void breakpoint_hit(struct lane *lane, const siginfo_t *info, struct stop *stop);

/* Ends the machine for a failure of ours; `text` is for people. */
_Noreturn void stub_fail(struct machine *m, const char *text);

#endif
