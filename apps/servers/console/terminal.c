/* The host's terminal. Bytes go through the frame. */
#include "port.h"

static const struct port_devices *devices;

static long terminal_start(const struct port_devices *given)
{
    devices = given;
    return sel4ux_host_terminal_mode(devices->device, SEL4UX_HOST_TERMINAL_RAW);
}

static long terminal_bind(void)
{
    return sel4ux_host_bind(devices->device, devices->notification);
}

static void terminal_acknowledge(void)
{
}

static struct sel4ux_host_buffer buffer(size_t bytes)
{
    return (struct sel4ux_host_buffer){devices->frame, 0, bytes < PAGE_SIZE ? bytes : PAGE_SIZE};
}

static long terminal_read(char *to, size_t bytes)
{
    struct sel4ux_host_buffer into = buffer(bytes);
    long n = sel4ux_host_read(devices->device, into, 0);

    if (n == -SEL4UX_HOST_AGAIN)
        return 0;
    if (n <= 0)
        return PORT_END;
    memcpy(to, devices->work, (size_t)n);
    return n;
}

/* Output that can go nowhere any more is gone. */
static size_t terminal_write(const char *from, size_t bytes)
{
    struct sel4ux_host_buffer some = buffer(bytes);
    long n;

    memcpy(devices->work, from, some.length);
    n = sel4ux_host_write(devices->device, some, 0);
    if (n == -SEL4UX_HOST_AGAIN)
        return 0;
    return n < 0 ? bytes : (size_t)n;
}

static void terminal_arm(bool input, bool output)
{
    sel4ux_host_ack(devices->device,
                    (input ? SEL4UX_HOST_READABLE : 0u) | (output ? SEL4UX_HOST_WRITABLE : 0u));
}

static void terminal_size(seL4_Word *columns, seL4_Word *rows)
{
    sel4ux_host_terminal_size(devices->device, columns, rows);
}

const struct port port_terminal = {terminal_start, terminal_bind,  terminal_acknowledge,
                                   terminal_read,  terminal_write, terminal_arm,
                                   terminal_size};
