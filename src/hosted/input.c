/*
 * stdin as what comes in at COM1, for a guest that drives that port itself (it has a capability to
 * it), or as the terminal, for one that was given that. Otherwise stdin is the program's own, to
 * read with its C library.
 */
#include "hosted/hosted.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "device/serial.h"
#include "host/terminal.h"

#define LOOK_EVERY 1000000ull /* ns, for guests that poll the port */
#define NS_PER_S   1000000000ull

static bool input_is_known; /* the guest has wanted it, so we have looked what it is */

/* In virtual time a file's bytes come when the guest wants them, as in machine_run(). */
static bool is_file(void)
{
    struct stat status;

    return hosted.machine->clock.is_virtual && fstat(STDIN_FILENO, &status) == 0 &&
           S_ISREG(status.st_mode);
}

void input_begin(void)
{
    if (isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) != getpgrp())
        hosted.machine->input.closed = true;
}

static bool has_port(void)
{
    return hosted.machine->host.has_terminal ||
           hosted_kernel()->io_ports[SERIAL_PORT / 64] >> SERIAL_PORT % 64 & 1;
}

static bool is_wanted(void)
{
    const struct console *in = &hosted.machine->input;

    return has_port() && !in->closed && CONSOLE_SIZE - (in->written - in->read) > 0;
}

static void take(void)
{
    struct console *in = &hosted.machine->input;
    char bytes[4096];
    uint64_t room = CONSOLE_SIZE - (in->written - in->read);
    ssize_t n = read(STDIN_FILENO, bytes, room < sizeof bytes ? room : sizeof bytes);

    if (n > 0)
        console_write(in, bytes, (uint32_t)n);
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        in->closed = true;
}

void input_take(void)
{
    if (is_wanted())
        take();
}

void input_look(void)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    uint64_t now = hosted_kernel()->now;

    if (has_port() && !input_is_known) {
        input_is_known = true;
        hosted.machine->input_is_file = is_file();
    }
    if (!has_port() || now - hosted.input_seen < LOOK_EVERY || !is_wanted())
        return;
    hosted.input_seen = now;
    if (poll(&fd, 1, 0) == 1)
        take();
}

void input_wait(uint64_t deadline)
{
    struct pollfd fds[] = {
        {.fd = is_wanted() ? STDIN_FILENO : -1, .events = POLLIN},
        {.fd = hosted.wake, .events = POLLIN},
    };
    uint64_t now = clock_now(&hosted.machine->clock), count;
    uint64_t ns = deadline > now ? deadline - now : 0;
    struct timespec time = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};

    fflush(stdout); /* whoever sends input may wait for it */
    if (ppoll(fds, 2, deadline == UINT64_MAX ? NULL : &time, NULL) <= 0)
        return;
    if (fds[0].revents != 0)
        take();
    if (fds[1].revents != 0 && read(hosted.wake, &count, sizeof count) < 0)
        return; /* someone was faster */
}

/* Linux edits lines until the guest wants it otherwise. */
void input_set_mode(void)
{
    static struct terminal terminal = {.fd = -1};
    static bool raw;
    struct machine_host *host = &hosted.machine->host;
    bool wanted = host->terminal_mode & SEL4UX_HOST_TERMINAL_RAW;
    struct winsize size = {0};

    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) {
        host->terminal_columns = size.ws_col;
        host->terminal_rows = size.ws_row;
    }
    if (wanted == raw)
        return;
    raw = wanted;
    if (!raw)
        terminal_close(&terminal);
    else if (terminal_open(&terminal, STDIN_FILENO, NULL) != 0)
        host->terminal_mode = 0;
}
