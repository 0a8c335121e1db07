/* The zygote's own part of its preparation (see zygote.h). */
#include "engine/ptrace/zygote.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/process.h"

/*
 * rseq and the exit notification write to user memory behind a process's back; in a guest's
 * address space they would corrupt the guest.
 */
static void forget_user_addresses(void)
{
    char *self = __builtin_thread_pointer();

    if (__rseq_size != 0)
        syscall(SYS_rseq, self + __rseq_offset, sizeof(struct rseq), RSEQ_FLAG_UNREGISTER,
                RSEQ_SIG);
    syscall(SYS_set_robust_list, NULL, 3 * sizeof(void *));
    syscall(SYS_set_tid_address, NULL);
}

/* Only faults reach a guest's process: what else people send to the group is the monitor's. */
static void block_signals(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};
    sigset_t blocked;

    sigfillset(&blocked);
    for (size_t n = 0; n < sizeof faults / sizeof faults[0]; n++)
        sigdelset(&blocked, faults[n]);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/*
 * Every resume of a guest is PTRACE_SYSEMU, so its system calls never get as far as this filter.
 * It stands for the day on which that is not so: a guest could then change its mappings of the
 * machine's memory, but reach nothing else on the host.
 */
static void forbid_other_calls(void)
{
#define ALLOW(number)                                                                              \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xc000003e /* x86_64 */, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_mmap),
        ALLOW(SYS_munmap),
        ALLOW(SYS_mremap),
        ALLOW(SYS_clone),
        ALLOW(SYS_pause),
        ALLOW(SYS_restart_syscall),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    };
#undef ALLOW
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

_Noreturn void zygote_main(pid_t runner, int memory_fd, bool trap_counter, _Atomic uint64_t *ready)
{
    process_become_child(runner, "sel4ux-vspace");
    process_close_all_but(&memory_fd, 1);
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    block_signals();
    forget_user_addresses();
    if (trap_counter && prctl(PR_SET_TSC, PR_TSC_SIGSEGV) != 0)
        _exit(1);
    forbid_other_calls();
    *ready = 1;
    for (;;)
        syscall(SYS_pause);
}
