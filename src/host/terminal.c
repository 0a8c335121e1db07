/* The terminal as a serial line, and the guardian that gives it back (see terminal.h). */
#include "host/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/process.h"

/* Setting modes from the background stops the caller unless SIGTTOU is blocked. */
static void set_modes(int fd, const struct termios *modes)
{
    sigset_t ttou, before;

    sigemptyset(&ttou);
    sigaddset(&ttou, SIGTTOU);
    sigprocmask(SIG_BLOCK, &ttou, &before);
    while (tcsetattr(fd, TCSANOW, modes) != 0 && errno == EINTR)
        ;
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static struct termios serial_modes(const struct termios *before)
{
    struct termios modes = *before;

    modes.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | ISTRIP | IXON | IXOFF);
    modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
    modes.c_lflag |= ISIG;
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    return modes;
}

static _Noreturn void guard(const struct terminal *terminal, int monitor)
{
    struct pollfd gone = {.fd = monitor, .events = POLLIN};
    int keep[] = {terminal->fd, monitor};
    sigset_t all;

    /* Before anything else: whoever kills the whole group must not kill what cleans up. */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    prctl(PR_SET_NAME, "sel4ux-guardian");
    process_close_all_but(keep, 2);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    while (poll(&gone, 1, -1) < 0 && errno == EINTR)
        ;
    set_modes(terminal->fd, &terminal->before);
    _exit(0);
}

static int start_guardian(struct terminal *terminal, struct error *err)
{
    int monitor = (int)syscall(SYS_pidfd_open, getpid(), 0);

    if (monitor < 0)
        return error_errno(err, errno, "can't watch over the terminal (pidfd_open)");
    pid_t pid = fork();
    if (pid == 0)
        guard(terminal, monitor);
    int status = pid < 0 ? error_errno(err, errno, "can't watch over the terminal (fork)") : 0;
    terminal->guardian = pid;
    close(monitor);
    return status;
}

int terminal_open(struct terminal *terminal, int fd, struct error *err)
{
    *terminal = (struct terminal){.fd = -1};
    if (!isatty(fd) || tcgetattr(fd, &terminal->before) != 0 || tcgetpgrp(fd) != getpgrp())
        return 0;
    terminal->fd = fd;
    int status = start_guardian(terminal, err);
    if (status != 0) {
        terminal->fd = -1;
        return status;
    }
    terminal_resume(terminal);
    return 0;
}

void terminal_suspend(const struct terminal *terminal)
{
    if (terminal->fd >= 0)
        set_modes(terminal->fd, &terminal->before);
}

void terminal_resume(const struct terminal *terminal)
{
    struct termios modes = serial_modes(&terminal->before);

    if (terminal->fd >= 0 && tcgetpgrp(terminal->fd) == getpgrp())
        set_modes(terminal->fd, &modes);
}

void terminal_close(struct terminal *terminal)
{
    int status;

    if (terminal->fd < 0)
        return;
    terminal_suspend(terminal);
    if (terminal->guardian > 0) {
        kill(terminal->guardian, SIGKILL);
        process_reap(terminal->guardian, &status);
    }
    *terminal = (struct terminal){.fd = -1};
}

bool terminal_guardian_died(struct terminal *terminal, pid_t pid)
{
    if (terminal->fd < 0 || pid != terminal->guardian)
        return false;
    terminal->guardian = 0;
    start_guardian(terminal, NULL);
    return true;
}
