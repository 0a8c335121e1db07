/*
 * stdin as what comes in at COM1, for a guest that drives that port itself: it has a capability to
 * it. Until then stdin is the program's own, to read with its C library.
 */
#include "hosted/hosted.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "device/serial.h"

#define LOOK_EVERY 1000000ull /* ns, for guests that poll the port */
#define NS_PER_S   1000000000ull

void input_begin(void)
{
    if (isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) != getpgrp())
        hosted.machine->input.closed = true;
}

static bool has_port(void)
{
    return hosted_kernel()->io_ports[SERIAL_PORT / 64] >> SERIAL_PORT % 64 & 1;
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

void input_look(void)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    uint64_t now = hosted_kernel()->now;

    if (!has_port() || now - hosted.input_seen < LOOK_EVERY || !is_wanted())
        return;
    hosted.input_seen = now;
    if (poll(&fd, 1, 0) == 1)
        take();
}

void input_wait(uint64_t deadline)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    uint64_t now = clock_now(&hosted.machine->clock);
    uint64_t ns = deadline > now ? deadline - now : 0;
    struct timespec time = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};

    if (ppoll(&fd, is_wanted() ? 1 : 0, deadline == UINT64_MAX ? NULL : &time, NULL) == 1)
        take();
}
