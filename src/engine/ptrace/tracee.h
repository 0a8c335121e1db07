/*
 * One tracee: a Linux process that holds a guest's mappings and nothing else of ours but one page
 * with code that makes system calls for the runner (the stub page). Guests run only by
 * tracee_run(), which lets no system call of theirs reach the host; the stub's code runs only by
 * tracee_calls(). Tracees are copies of a zygote, which never runs guest code.
 */
#ifndef SEL4UX_ENGINE_PTRACE_TRACEE_H
#define SEL4UX_ENGINE_PTRACE_TRACEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "base/error.h"

#define TRACEE_MAX_CALLS 64
#define TRACEE_USER_END  0x7ffffffff000ull /* the host's end of user addresses, as the guest's */

struct tracee_call {
    uint64_t number;
    uint64_t arg[6];
};

struct tracee {
    pid_t pid;     /* 0: none */
    uint64_t stub; /* user address of the stub page */
};

/*
 * Makes the zygote: a process without a mapping but the stub page and without a descriptor but
 * `memory_fd`, from which all tracees are copied. `trap_counter`: guests that read the time stamp
 * counter stop with a protection fault. Once in a runner's life.
 */
int tracee_init(int memory_fd, bool trap_counter, struct error *err);

/* A new tracee, stopped, with no mappings and all registers 0. Returns 0 or -errno. */
int tracee_create(struct tracee *tracee);

void tracee_kill(struct tracee *tracee);
void tracee_kill_all(void);

/*
 * Carries out system calls inside, in order, up to the first that fails. Returns 0 or -errno of
 * that one, and the last result that was none in *value (may be NULL). General registers are
 * lost; segment bases and FPU are not. -ESRCH: the process is gone.
 */
int tracee_calls(struct tracee *tracee, const struct tracee_call *calls, size_t count,
                 uint64_t *value);

/* Puts the stub page elsewhere; `to` must be free. */
int tracee_move_stub(struct tracee *tracee, uint64_t to);

/* Lets the guest run until its next stop and returns waitpid's status; -1: it can't. */
int tracee_run(struct tracee *tracee, bool single_step);

/*
 * For signal handlers: makes a running guest stop soon, and every tracee_run() return at once until
 * the runner says that it is about to look at what the signal was for.
 */
void tracee_interrupt(void);
void tracee_forget_interrupt(void);

/* tracee_fpu.c. How large the host's FPU state is, from any tracee; before the two below. */
int tracee_learn_fpu(const struct tracee *tracee, struct error *err);

/*
 * The FPU state in the hardware's standard XSAVE form, `size` bytes of it (576 at least): x87, SSE,
 * AVX. Returns 0 or -errno.
 */
int tracee_get_fpu(const struct tracee *tracee, void *area, size_t size);
int tracee_set_fpu(const struct tracee *tracee, const void *area, size_t size);

#endif
