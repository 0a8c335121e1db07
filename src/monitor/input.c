/* stdin to serial input (see input.h). */
#include "monitor/input.h"

#include <errno.h>
#include <unistd.h>

static void close_input(struct input *input, struct console *console)
{
    input->fd = -1;
    console->closed = true;
}

void input_open(struct input *input, int fd, struct console *console)
{
    input->fd = fd;
    if (isatty(fd) && tcgetpgrp(fd) != getpgrp())
        close_input(input, console);
}

static uint64_t room_in(const struct console *console)
{
    return CONSOLE_SIZE - (console->written - console->read);
}

bool input_has_room(const struct input *input, const struct console *console)
{
    return input->fd >= 0 && room_in(console) > 0;
}

bool input_take(struct input *input, struct console *console)
{
    char bytes[4096];
    uint64_t room = room_in(console);
    ssize_t n = read(input->fd, bytes, room < sizeof bytes ? room : sizeof bytes);

    if (n > 0) {
        console_write(console, bytes, (uint32_t)n);
        return true;
    }
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return false;
    close_input(input, console);
    return true;
}
