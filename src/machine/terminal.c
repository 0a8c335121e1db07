/*
 * The terminal as a host object: the machine's consoles, which the monitor connects to stdin and
 * stdout. While it exists the serial port gets no input.
 */
#include "machine/environment.h"
#include "machine/host.h"
#include "machine/machine.h"

/*
 * Input that is all there from the start is waited for, so that the host's time does not matter.
 * Afterwards there is a byte, or none comes for now.
 */
static void wait_for_file(struct machine *m)
{
    while (m->input_is_file && m->input.written == m->input.read && !m->input.closed &&
           m->end == END_RUNNING) {
        environment_ring(m);
        environment_wait_for_monitor(m);
    }
}

bool terminal_next(struct machine *m, char *byte)
{
    wait_for_file(m);
    return console_read(&m->input, byte, 1) == 1;
}

bool terminal_has_input(const struct machine *m)
{
    return m->input_is_file || m->input.closed || m->input.written != m->input.read;
}

bool terminal_is_at_end(const struct machine *m)
{
    return m->input.closed && m->input.written == m->input.read;
}

static int64_t take(struct machine *m, const struct host_request *r)
{
    uint32_t n;

    wait_for_file(m);
    platform_used(&m->kernel, r->buffer, r->size);
    n = console_read(&m->input, kernel_at(&m->kernel, r->buffer), (uint32_t)r->size);
    environment_filled(m, r->buffer, n);
    if (n == 0 && r->size != 0 && !terminal_is_at_end(m))
        return -SEL4UX_HOST_AGAIN;
    return n;
}

static int64_t put(struct machine *m, const struct host_request *r)
{
    const char *data = kernel_at(&m->kernel, r->buffer);
    uint32_t left = (uint32_t)r->size, n;

    while (left > 0 && m->end == END_RUNNING) {
        n = console_write(&m->output, data, left);
        data += n;
        left -= n;
        if (left > 0)
            environment_wait_for_monitor(m);
    }
    environment_ring(m);
    return (int64_t)r->size;
}

static word events(const struct machine *m)
{
    return SEL4UX_HOST_WRITABLE | (terminal_has_input(m) ? SEL4UX_HOST_READABLE : 0) |
           (terminal_is_at_end(m) ? SEL4UX_HOST_HANGUP : 0);
}

static int64_t set_mode(struct machine *m, word mode)
{
    if (mode & ~(word)SEL4UX_HOST_TERMINAL_RAW)
        return -SEL4UX_HOST_BAD_ARGUMENT;
    atomic_store(&m->host.terminal_mode, (uint32_t)mode);
    environment_ring(m);
    return 0;
}

void terminal_request(struct machine *m, struct host_request *r)
{
    r->result = 0;
    switch (r->label) {
    case SEL4UX_HOST_IDENTIFY:
    case SEL4UX_HOST_ACK: /* host_advance() looks */
        return;
    case SEL4UX_HOST_POLL:
        r->value[0] = events(m);
        return;
    case SEL4UX_HOST_READ:
        r->result = take(m, r);
        return;
    case SEL4UX_HOST_WRITE:
        r->result = put(m, r);
        return;
    case SEL4UX_HOST_TERMINAL_MODE:
        r->result = set_mode(m, r->argument[0]);
        return;
    case SEL4UX_HOST_TERMINAL_SIZE:
        r->value[0] = atomic_load(&m->host.terminal_columns);
        r->value[1] = atomic_load(&m->host.terminal_rows);
        return;
    case HOST_CLOSE:
        m->host.has_terminal = false;
        return;
    default:
        r->result = -SEL4UX_HOST_NOT_SUPPORTED;
        return;
    }
}
