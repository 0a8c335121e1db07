/*
 * The stub: our code beside the guest. One process stands for one VSpace; in it, one lane (a Linux
 * thread) runs that VSpace's threads, one at a time.
 *
 * Guest code runs only while its lane holds the CPU token, and every signal handler runs with all
 * signals blocked on the lane's own stack. So whoever executes stub code past lane_wait() owns the
 * whole machine state until it calls lane_hand_over() or returns to the guest.
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
    struct machine *machine;
    struct engine_state *engine;
    struct lane_slot *slot;
    uint32_t index;
    bool born; /* the first signal, which has no guest below it, has been taken */
    bool fsgsbase;
    uint32_t kick; /* machine.kick as it was before the machine last looked around */
    int32_t timer;
    uint64_t armed;                    /* machine time of the timer's next shot; UINT64_MAX none */
    uint64_t mapped_start, mapped_end; /* all that this process may map for the guest */
    uint64_t fs_base, gs_base;         /* as the processor has them now */
    paddr thread; /* whose floating-point state is in the signal frame; 0: unknown */
};

static inline struct lane *lane_here(void)
{
    return (struct lane *)((uintptr_t)__builtin_frame_address(0) & ~(LANE_BLOCK_SIZE - 1ull));
}

/* Linker: where the window begins, and what text Linux calls may come from. */
#define STUB_LOCAL __attribute__((visibility("hidden")))
extern STUB_LOCAL char window_start[], stub_text_start[], stub_text_end[];
#define WINDOW_END ((uint64_t)window_start + (1ull << WINDOW_BITS))

/* zygote.c: called by start.S with the stack as exec left it */
_Noreturn void stub_main(const uint64_t *exec_stack);

/* confine.c: signals, Syscall User Dispatch, seccomp. False: the host refuses. */
bool confine_signals(struct lane *lane);
bool confine_syscalls(void);

/* signals.c: the handler; start.S has made the flags sane before it comes here */
void signal_entered(int signal, const siginfo_t *info, struct ucontext *uc);
STUB_LOCAL void signal_entry(void);    /* start.S */
STUB_LOCAL void signal_restorer(void); /* start.S */

/* regs.c: between the signal frame and kernel_current()'s TCB */
void regs_save(struct lane *lane, const struct ucontext *uc);
void regs_load(struct lane *lane, struct ucontext *uc);

/* memory.c: the process's mappings as a cache of the VSpace's tables */
enum refill { REFILL_DONE, REFILL_DEVICE, REFILL_FAULT };
enum refill memory_refill(struct lane *lane, uint64_t address, bool write);
void memory_forget_changes(struct lane *lane); /* before guest code runs */
void memory_forget_all(struct lane *lane);

/* lane.c: enters the machine and comes back when the current thread is to run here */
void lane_run(struct lane *lane, struct ucontext *uc, const struct stop *stop);
void lane_start(struct lane *lane, struct ucontext *uc);
_Noreturn void lane_end(struct lane *lane);

/* token.c: which lane stands for a VSpace, and whose turn it is */
uint32_t token_lane_for(struct lane *lane, paddr vspace);
void token_hand_over(struct lane *lane, uint32_t to);
void token_wait(struct lane *lane);

/* timer.c */
bool timer_make(struct lane *lane);
void timer_arm(struct lane *lane);
void timer_idle(struct lane *lane);

/* Ends the machine for a failure of ours; `text` is for people. */
_Noreturn void stub_fail(struct machine *m, const char *text);

#endif
