/*
 * What the service may still do, once it has opened what the user allowed and started its threads:
 * requests and kicks. Whoever takes it over by a mistake of ours can't execute a program, trace or
 * signal others but to make a machine look up, and opens no path but below a descriptor (openat2;
 * hostio_path_open() makes it stay below).
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostio/service.h"

#define LOAD(field)        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what)       BPF_STMT(BPF_RET | BPF_K, what)
#define SKIP_UNLESS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)
#define ALLOW(call)        SKIP_UNLESS(__NR_##call), RETURN(SECCOMP_RET_ALLOW)

/* A call whose argument `n` is a signal: SIGUSR1 alone. */
#define ALLOW_KICK(call, n)                                                                        \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##call, 0, 4), LOAD(args[n]), SKIP_UNLESS(SIGUSR1),   \
        RETURN(SECCOMP_RET_ALLOW), RETURN(SECCOMP_RET_KILL_PROCESS)

static const struct sock_filter filter[] = {
    LOAD(arch),
    SKIP_UNLESS(AUDIT_ARCH_X86_64),
    BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
    RETURN(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
    /* requests */
    ALLOW(futex),
    ALLOW(pread64),
    ALLOW(pwrite64),
    ALLOW(read),
    ALLOW(write),
    ALLOW(openat2),
    ALLOW(close),
    ALLOW(fstat),
    ALLOW(newfstatat),
    ALLOW(getdents64),
    ALLOW(lseek),
    ALLOW(ftruncate),
    ALLOW(fsync),
    ALLOW(mkdirat),
    ALLOW(unlinkat),
    ALLOW(renameat),
    ALLOW(getrandom),
    /* sockets and devices */
    ALLOW(socket),
    ALLOW(bind),
    ALLOW(connect),
    ALLOW(accept4),
    ALLOW(accept), /* libslirp */
    ALLOW(sendto),
    ALLOW(recvfrom),
    ALLOW(sendmsg),
    ALLOW(recvmsg),
    ALLOW(readv),
    ALLOW(writev),
    ALLOW(shutdown),
    ALLOW(getsockopt),
    ALLOW(setsockopt),
    ALLOW(getsockname),
    ALLOW(getpeername),
    ALLOW(ioctl),
    ALLOW(fcntl),
    /* events */
    ALLOW(epoll_wait),
    ALLOW(epoll_pwait),
    ALLOW(epoll_ctl),
    ALLOW(poll),
    ALLOW(ppoll),
    ALLOW_KICK(kill, 1),
    ALLOW_KICK(tgkill, 2),
    /* the C library, and its threads, which may yet be about to start */
    ALLOW(set_robust_list),
    ALLOW(rseq),
    ALLOW(gettid),
    ALLOW(getpid),
    ALLOW(sched_setaffinity),
    ALLOW(sched_getaffinity),
    ALLOW(clock_gettime),
    ALLOW(clock_nanosleep),
    ALLOW(restart_syscall),
    ALLOW(rt_sigreturn),
    ALLOW(rt_sigprocmask),
    ALLOW(brk),
    ALLOW(mmap),
    ALLOW(munmap),
    ALLOW(mprotect),
    ALLOW(madvise),
    ALLOW(exit), /* of a thread */
    ALLOW(exit_group),
    RETURN(SECCOMP_RET_KILL_PROCESS),
};

/* All of the process's threads. */
int service_confine(struct error *err)
{
    const struct sock_fprog program = {sizeof filter / sizeof filter[0],
                                       (struct sock_filter *)filter};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
        return error_errno(err, errno, "can't confine it");
    return 0;
}
