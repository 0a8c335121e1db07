/*
 * The line discipline, see console.h, over one of the console server's drivers: the host's terminal
 * if the user granted it, else the serial port.
 */
#include "console.h"
#include "process.h"
#include "reply.h"
#include "runtime.h"

#include "console/port.h"
#include "lib/standard.h"

#define COM1_FIRST 0x3f8
#define COM1_LAST  0x3ff
#define COM1_PIN   4
#define VECTOR     1

#define CTRL(letter) ((letter) - '@')
#define ERASE        0x7f

#define RING_BYTES 4096u
#define LINE_BYTES 512u
#define FEW_BYTES  64u

struct ring {
    unsigned int head, count;
    char bytes[RING_BYTES];
};

static const struct port *port;
static struct port_devices devices;
static struct ring input, output;
static bool raw, started, input_ended;
static int foreground = INIT_PID;

/* The line that is being edited, or handed out from `line_at` on when it is ready. */
static char line[LINE_BYTES];
static unsigned int line_at, line_length;
static bool line_ready;

static bool ring_put(struct ring *r, char c)
{
    if (r->count == RING_BYTES)
        return false;
    r->bytes[(r->head + r->count++) % RING_BYTES] = c;
    return true;
}

static char ring_take(struct ring *r)
{
    char c = r->bytes[r->head];

    r->head = (r->head + 1) % RING_BYTES;
    r->count--;
    return c;
}

/* -------------------------------------------------------------- the port */

/* Input that does not fit stays in the port, and with who sends. */
static void arm(void)
{
    if (started)
        port->arm(!input_ended && input.count < RING_BYTES, output.count);
}

static void transmit(void)
{
    while (output.count) {
        unsigned int to_end = RING_BYTES - output.head;
        size_t n =
            port->write(output.bytes + output.head, output.count < to_end ? output.count : to_end);

        if (n == 0)
            break;
        output.head = (output.head + (unsigned int)n) % RING_BYTES;
        output.count -= (unsigned int)n;
        process_wake(WAIT_OUTPUT);
    }
    arm();
}

void console_flush(void)
{
    while (output.count)
        transmit();
}

static void put(char c)
{
    if (c == '\n')
        ring_put(&output, '\r');
    ring_put(&output, c);
}

size_t console_write(const char *from, size_t bytes)
{
    size_t done = 0;

    for (; done < bytes && output.count + 2 <= RING_BYTES; done++)
        put(from[done]);
    transmit();
    return done;
}

/* What the root task itself says: a line is out before anything else is done. */
static void say(char c)
{
    if (output.count + 2 > RING_BYTES)
        console_flush();
    put(c);
    if (c == '\n')
        console_flush();
}

void (*guest_putchar)(char c) = say;

/* -------------------------------------------------------------- input */

static void interrupt_job(void)
{
    input.count = 0;
    line_length = 0;
    line_ready = false;
    console_write("^C\n", 3);
    process_kill_job(foreground);
}

static void take(char c)
{
    if (c == CTRL('C') && !raw && foreground != INIT_PID)
        interrupt_job();
    else
        ring_put(&input, c);
}

/* Nobody is woken for nothing: who waits would try again, and end up here. */
static void receive(void)
{
    char bytes[FEW_BYTES];
    long n = 1;

    while (n > 0 && input.count < RING_BYTES) {
        size_t room = RING_BYTES - input.count;

        n = port->read(bytes, room < sizeof(bytes) ? room : sizeof(bytes));
        for (long i = 0; i < n; i++)
            take(bytes[i]);
        input_ended |= n == PORT_END;
        if (n)
            process_wake(WAIT_INPUT);
    }
}

/* Somebody has taken input: there may be room for more. */
static void took(void)
{
    if (input.count == 0 && !input_ended)
        receive();
    arm();
}

/* Acknowledged first: what comes while the port is looked at is a new event. */
void console_interrupt(void)
{
    port->acknowledge();
    receive();
    transmit();
}

static void erase(void)
{
    if (line_length == 0)
        return;
    line_length--;
    console_write("\b \b", 3);
}

static void edit(char c)
{
    if (c == '\r')
        c = '\n';
    if (c == ERASE || c == '\b') {
        erase();
    } else if (c == CTRL('U')) {
        while (line_length)
            erase();
    } else if (c == CTRL('D')) {
        line_ready = true;
    } else if (c == '\n' || (c >= ' ' && line_length < LINE_BYTES - 1)) {
        line[line_length++] = c;
        console_write(&c, 1);
        line_ready = c == '\n';
    }
}

/* Edits what has come, up to the end of a line. */
static bool has_line(void)
{
    while (!line_ready && input.count)
        edit(ring_take(&input));
    took();
    return line_ready || input_ended;
}

static long read_line(char *to, size_t bytes)
{
    size_t n = 0;

    if (!has_line())
        return -1;
    while (n < bytes && line_at < line_length)
        to[n++] = line[line_at++];
    if (line_at == line_length) {
        line_at = line_length = 0;
        line_ready = false;
    }
    return (long)n;
}

bool console_has_input(void)
{
    return raw ? input.count || input_ended : has_line();
}

long console_read(char *to, size_t bytes)
{
    size_t n = 0;

    if (!raw)
        return read_line(to, bytes);
    while (n < bytes && input.count)
        to[n++] = ring_take(&input);
    took();
    return n || input_ended ? (long)n : -1;
}

/* Ctrl-C may come after a job was asked for and before it has the console: it is meant all the
 * same. */
static void look_for_interrupt(void)
{
    if (raw || foreground == INIT_PID)
        return;
    for (unsigned int i = 0; i < input.count; i++) {
        if (input.bytes[(input.head + i) % RING_BYTES] == CTRL('C')) {
            interrupt_job();
            return;
        }
    }
}

/* A line that was not finished is gone: it was typed to somebody else. */
void console_set_mode(bool to_raw)
{
    raw = to_raw;
    line_at = line_length = 0;
    line_ready = false;
    look_for_interrupt();
}

void console_set_foreground(int job)
{
    foreground = job;
    process_wake(WAIT_INPUT);
    look_for_interrupt();
}

int console_foreground(void)
{
    return foreground;
}

/* -------------------------------------------------------------- start */

static void use_terminal(seL4_CPtr terminal)
{
    port = &port_terminal;
    devices.device = terminal;
    devices.work = page_alloc(&devices.frame);
}

static void use_serial(void)
{
    port = &port_serial;
    devices.device = ports_alloc(COM1_FIRST, COM1_LAST);
}

/* Called before main(): what must not fail can say so. */
void console_init(void)
{
    const struct sel4ux_host_grant *terminal = standard_grant(SEL4UX_HOST_TERMINAL, 0);

    if (terminal)
        use_terminal(terminal->slot);
    else
        use_serial();
    if (port->start(&devices) < 0)
        guest_die("the console does not start");
}

static void bind_serial(void)
{
    devices.irq = slot_alloc();
    must("serial interrupt", seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, devices.irq, DEPTH,
                                                       0, COM1_PIN, 0, 0, VECTOR));
    must("serial notification", seL4_IRQHandler_SetNotification(devices.irq, devices.notification));
}

void console_start(seL4_CPtr notification)
{
    devices.notification = cap_mint(notification, seL4_AllRights, BADGE_SERIAL);
    if (port == &port_serial)
        bind_serial();
    if (port->bind() < 0)
        guest_die("the console does not start");
    started = true;
    receive();
    arm();
}
