/*
 * What makes a process fit for guest code: all its exceptions come to us, on a stack of ours, every
 * `syscall` outside the stub's text becomes SIGSYS, and the stub keeps only the calls it needs.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "stub/stub.h"
#include "stub/syscalls.h"

/* struct sigaction as the system call takes it */
struct linux_sigaction {
    void (*handler)(void);
    uint64_t flags;
    void (*restorer)(void);
    uint64_t mask;
};

static const int caught[] = {SIGSYS, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGALRM, SIGUSR1};

bool confine_signals(struct lane *lane)
{
    const stack_t stack = {
        .ss_sp = (char *)lane + sizeof(struct lane),
        .ss_size = LANE_BLOCK_SIZE - sizeof(struct lane),
    };
    struct linux_sigaction action = {
        .handler = signal_entry,
        .restorer = signal_restorer,
    };

    if (LINUX_CALL3(sigaltstack, &stack, 0, 0) != 0)
        return false;
    for (unsigned i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
        bool interrupts = SIGNAL_BIT(caught[i]) & SIGNAL_INTERRUPTS;
        action.flags = SA_SIGINFO | SA_ONSTACK | SA_RESTORER | (interrupts ? 0 : SA_NODEFER);
        action.mask = interrupts ? SIGNAL_INTERRUPTS : 0;
        if (LINUX_CALL6(rt_sigaction, caught[i], &action, 0, SIGNAL_MASK_SIZE, 0, 0) != 0)
            return false;
    }
    return true;
}

/* Without a selector byte, nothing that a guest can write to lets its calls through. */
static bool dispatch_syscalls(void)
{
    return LINUX_CALL6(prctl, PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, stub_text_start,
                       stub_text_end - stub_text_start, 0, 0) == 0;
}

#define LOAD(field)        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what)       BPF_STMT(BPF_RET | BPF_K, what)
#define SKIP_UNLESS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)
#define ALLOW(call)        SKIP_UNLESS(__NR_##call), RETURN(SECCOMP_RET_ALLOW)

static bool filter_syscalls(bool breakpoints)
{
    const struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        ALLOW(rt_sigreturn),
        ALLOW(futex),
        ALLOW(timer_settime),
        ALLOW(rt_sigprocmask),
        ALLOW(rt_sigtimedwait),
        ALLOW(clock_gettime),
        ALLOW(mmap),
        ALLOW(munmap),
        ALLOW(mprotect),
        ALLOW(madvise),
        ALLOW(sched_setaffinity),
        ALLOW(write),
        ALLOW(fallocate),
        ALLOW(nanosleep),
        ALLOW(restart_syscall),
        ALLOW(arch_prctl),
        ALLOW(tgkill),
        ALLOW(exit_group),
        BPF_JUMP(BPF_JMP | BPF_JA, breakpoints ? 0 : 4, 0, 0),
        ALLOW(perf_event_open),
        ALLOW(close),
        RETURN(SECCOMP_RET_KILL_PROCESS),
    };
    const struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]),
                                       (struct sock_filter *)filter};

    return LINUX_CALL6(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0) == 0 &&
           LINUX_CALL3(seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                       &program) == 0;
}

bool confine_syscalls(bool breakpoints)
{
    return dispatch_syscalls() && filter_syscalls(breakpoints);
}
