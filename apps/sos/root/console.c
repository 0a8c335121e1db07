/* The serial driver and the line discipline, see console.h. */
#include "console.h"
#include "process.h"
#include "reply.h"
#include "runtime.h"

#define COM1       0x3f8
#define REG_DATA   (COM1 + 0)
#define REG_IER    (COM1 + 1)
#define REG_IIR    (COM1 + 2) /* read: why it interrupts; written: FIFO control */
#define REG_LCR    (COM1 + 3)
#define REG_MCR    (COM1 + 4)
#define REG_LSR    (COM1 + 5)
#define IER_RX     1
#define IER_TX     2
#define IIR_NONE   1
#define FIFO_ON    1
#define LCR_8N1    3
#define MCR_IRQ    0x0b /* the interrupt line, RTS and DTR */
#define LSR_DATA   1
#define LSR_EMPTY  0x20
#define FIFO_BYTES 16

#define PIN    4
#define VECTOR 1

#define CTRL(letter) ((letter) - '@')
#define ERASE        0x7f

#define RING_BYTES 4096u
#define LINE_BYTES 512u

struct ring {
    unsigned int head, count;
    char bytes[RING_BYTES];
};

static seL4_CPtr ports, irq;
static struct ring input, output;
static bool raw, throttled;
static unsigned int enabled; /* interrupts, IER_* */
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

static unsigned int port_in(unsigned int reg)
{
    return seL4_X86_IOPort_In8(ports, reg).result;
}

static void port_out(unsigned int reg, unsigned int value)
{
    must("serial port", seL4_X86_IOPort_Out8(ports, reg, value));
}

static void enable(unsigned int interrupts)
{
    if (enabled != interrupts)
        port_out(REG_IER, interrupts);
    enabled = interrupts;
}

/* Hands the port what it takes; the rest goes when it interrupts. */
static void transmit(void)
{
    while (output.count && (port_in(REG_LSR) & LSR_EMPTY)) {
        for (int i = 0; i < FIFO_BYTES && output.count; i++)
            port_out(REG_DATA, (unsigned char)ring_take(&output));
        process_wake(WAIT_OUTPUT);
    }
    enable(output.count ? enabled | IER_TX : enabled & ~(unsigned int)IER_TX);
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

static void receive(void)
{
    while (port_in(REG_LSR) & LSR_DATA) {
        char c;

        if (input.count == RING_BYTES) {
            throttled = true; /* the rest stays in the port, and with who sends */
            enable(enabled & ~(unsigned int)IER_RX);
            return;
        }
        c = (char)port_in(REG_DATA);
        if (c == CTRL('C') && !raw && foreground != INIT_PID)
            interrupt_job();
        else
            ring_put(&input, c);
    }
    process_wake(WAIT_INPUT);
}

static void unthrottle(void)
{
    if (!throttled || input.count)
        return;
    throttled = false;
    enable(enabled | IER_RX);
    receive();
}

/* Acknowledged first: what comes while the port is looked at is a new edge. */
void console_interrupt(void)
{
    must("acknowledge serial", seL4_IRQHandler_Ack(irq));
    do {
        if (!throttled)
            receive();
        transmit();
    } while (!(port_in(REG_IIR) & IIR_NONE));
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

static long read_line(char *to, size_t bytes)
{
    size_t n = 0;

    while (!line_ready && input.count)
        edit(ring_take(&input));
    unthrottle();
    if (!line_ready)
        return -1;
    while (n < bytes && line_at < line_length)
        to[n++] = line[line_at++];
    if (line_at == line_length) {
        line_at = line_length = 0;
        line_ready = false;
    }
    return (long)n;
}

long console_read(char *to, size_t bytes)
{
    size_t n = 0;

    if (!raw)
        return read_line(to, bytes);
    while (n < bytes && input.count)
        to[n++] = ring_take(&input);
    unthrottle();
    return n ? (long)n : -1;
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

/* Called before main(): what must not fail can say so. */
void console_init(void)
{
    ports = ports_alloc(COM1, COM1 + 7);
    port_out(REG_LCR, LCR_8N1);
    port_out(REG_IIR, FIFO_ON);
}

void console_start(seL4_CPtr notification)
{
    irq = slot_alloc();
    must("serial interrupt",
         seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, irq, DEPTH, 0, PIN, 0, 0, VECTOR));
    must("serial notification", seL4_IRQHandler_SetNotification(
                                    irq, cap_mint(notification, seL4_AllRights, BADGE_SERIAL)));
    port_out(REG_MCR, MCR_IRQ);
    enable(IER_RX);
    receive();
}
