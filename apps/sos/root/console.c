/*
 * The console, see console.h: the console server's line discipline over one of its drivers, the
 * host's terminal if the user granted it, else the serial port.
 */
#include "console.h"
#include "process.h"
#include "reply.h"
#include "runtime.h"

#include "console/discipline.h"
#include "console/port.h"
#include "lib/standard.h"

#define COM1_FIRST 0x3f8
#define COM1_LAST  0x3ff
#define COM1_PIN   4
#define VECTOR     1

#define FEW_BYTES 64u /* read from the port at once */

static void echo(const char *text, size_t bytes);

static const struct port *port;
static struct port_devices devices;
static struct fifo input, output;
static struct line line = {.echo = echo};
static bool raw, started, input_ended;
static int foreground = INIT_PID;

/* -------------------------------------------------------------- the port */

/* Input that does not fit stays in the port, and with who sends. */
static void arm(void)
{
    if (started)
        port->arm(!input_ended && fifo_room(&input) > 0, output.count);
}

static void transmit(void)
{
    if (fifo_send(&output, port))
        process_wake(WAIT_OUTPUT);
    arm();
}

void console_flush(void)
{
    while (output.count)
        transmit();
}

size_t console_write(const char *from, size_t bytes)
{
    size_t done = 0;

    for (; done < bytes && fifo_room(&output) >= 2; done++)
        fifo_put_text(&output, from[done]);
    transmit();
    return done;
}

/* What the root task itself says: a line is out before anything else is done. */
static void say(char c)
{
    if (fifo_room(&output) < 2)
        console_flush();
    fifo_put_text(&output, c);
    if (c == '\n')
        console_flush();
}

void (*guest_putchar)(char c) = say;

/* -------------------------------------------------------------- input */

static void interrupt_job(void)
{
    input.count = 0;
    line_drop(&line);
    console_write("^C\n", 3);
    process_kill_job(foreground);
}

static void take(char c)
{
    if (c == CTRL('C') && !raw && foreground != INIT_PID)
        interrupt_job();
    else
        fifo_put(&input, c);
}

/* Nobody is woken for nothing: who waits would try again, and end up here. */
static void receive(void)
{
    char bytes[FEW_BYTES];
    long n = 1;

    while (n > 0 && fifo_room(&input) > 0) {
        size_t room = fifo_room(&input);

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

static void echo(const char *text, size_t bytes)
{
    console_write(text, bytes);
}

/* Edits what has come, up to the end of a line. */
static bool has_line(void)
{
    while (!line.ready && input.count)
        line_edit(&line, fifo_take(&input));
    took();
    return line.ready || input_ended;
}

bool console_has_input(void)
{
    return raw ? input.count || input_ended : has_line();
}

long console_read(char *to, size_t bytes)
{
    size_t n = 0;

    if (!raw)
        return has_line() ? (long)line_read(&line, to, bytes) : -1;
    while (n < bytes && input.count)
        to[n++] = fifo_take(&input);
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
        if (input.bytes[(input.head + i) % FIFO_BYTES] == CTRL('C')) {
            interrupt_job();
            return;
        }
    }
}

/* A line that was not finished is gone: it was typed to somebody else. */
void console_set_mode(bool to_raw)
{
    raw = to_raw;
    line_drop(&line);
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
