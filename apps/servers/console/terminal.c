/* The host's terminal, which is device 0. Bytes go through the work frame. */
#include "port.h"

#define TERMINAL SERVER_DEVICES

static char *const work = (char *)SERVER_WORK_ADDRESS;

static long terminal_start(void)
{
    if (sel4ux_host_bind(TERMINAL, SERVER_EVENTS) < 0)
        return -SERVER_IO;
    sel4ux_host_terminal_mode(TERMINAL, SEL4UX_HOST_TERMINAL_RAW);
    return 0;
}

static void terminal_acknowledge(void)
{
}

static struct sel4ux_host_buffer buffer(size_t bytes)
{
    return (struct sel4ux_host_buffer){SERVER_WORK, 0, bytes < PAGE_SIZE ? bytes : PAGE_SIZE};
}

static long terminal_read(char *to, size_t bytes)
{
    struct sel4ux_host_buffer into = buffer(bytes);
    long n = sel4ux_host_read(TERMINAL, into, 0);

    if (n == -SEL4UX_HOST_AGAIN)
        return 0;
    if (n <= 0)
        return PORT_END;
    memcpy(to, work, (size_t)n);
    return n;
}

/* Output that can go nowhere any more is gone. */
static size_t terminal_write(const char *from, size_t bytes)
{
    struct sel4ux_host_buffer some = buffer(bytes);
    long n;

    memcpy(work, from, some.length);
    n = sel4ux_host_write(TERMINAL, some, 0);
    if (n == -SEL4UX_HOST_AGAIN)
        return 0;
    return n < 0 ? bytes : (size_t)n;
}

static void terminal_arm(bool input, bool output)
{
    sel4ux_host_ack(TERMINAL,
                    (input ? SEL4UX_HOST_READABLE : 0u) | (output ? SEL4UX_HOST_WRITABLE : 0u));
}

static void terminal_size(seL4_Word *columns, seL4_Word *rows)
{
    sel4ux_host_terminal_size(TERMINAL, columns, rows);
}

const struct port port_terminal = {terminal_start, terminal_acknowledge, terminal_read,
                                   terminal_write, terminal_arm,         terminal_size};
