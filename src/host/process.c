/* Helpers for the machine's processes (see process.h). */
#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void process_become_child(pid_t parent, const char *name)
{
    static const int ignored[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE, SIGWINCH};
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    prctl(PR_SET_NAME, name);
    for (size_t n = 0; n < sizeof ignored / sizeof ignored[0]; n++)
        signal(ignored[n], SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_between(unsigned first, unsigned last)
{
    if (first > last)
        return;
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, last, 0) == 0)
        return;
#endif
    long limit = sysconf(_SC_OPEN_MAX);
    for (unsigned fd = first; fd <= last && (long)fd < limit; fd++)
        close((int)fd);
}

void process_close_all_but(const int *keep, size_t count)
{
    unsigned first = 3;

    for (;;) {
        unsigned next = ~0u; /* the lowest descriptor to keep from `first` on */

        for (size_t n = 0; n < count; n++) {
            if (keep[n] >= (int)first && (unsigned)keep[n] < next)
                next = (unsigned)keep[n];
        }
        if (next == ~0u) {
            close_between(first, ~0u);
            return;
        }
        if (next > first)
            close_between(first, next - 1);
        first = next + 1;
    }
}

void process_open_standard_fds(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

void process_pin_to(int cpu)
{
    cpu_set_t set;

    if (cpu < 0 || cpu >= CPU_SETSIZE)
        return;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

void process_pin(void)
{
    process_pin_to(sched_getcpu());
}

bool process_reap(pid_t pid, int *status)
{
    pid_t got;

    do {
        got = waitpid(pid, status, __WALL);
    } while (got < 0 && errno == EINTR);
    return got == pid;
}

void process_describe_end(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status))
        snprintf(text, size, "was killed by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(text, size, "exited with status %d", WEXITSTATUS(status));
}
