/* The console server: sessions and the line discipline, see console.h. */
#include "../lib/server.h"
#include "console.h"
#include "port.h"

#define CTRL(letter) ((letter) - '@')
#define ERASE        0x7f

#define RING_BYTES 4096u
#define LINE_BYTES 512u

struct ring {
    unsigned int head, count;
    char bytes[RING_BYTES];
};

static const struct port *port;
static struct ring input, output;
static bool input_ended;
static bool raw[SERVER_SESSIONS];
static unsigned int writer; /* session that is in the middle of writing, 0: none */

/* The line that is being edited, or handed out from `line_at` on when it is ready. */
static char line[LINE_BYTES];
static unsigned int line_at, line_length;
static bool line_ready, interrupted;

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

static void transmit(void)
{
    while (output.count) {
        unsigned int to_end = RING_BYTES - output.head;
        size_t n =
            port->write(output.bytes + output.head, output.count < to_end ? output.count : to_end);

        output.head = (output.head + (unsigned int)n) % RING_BYTES;
        output.count -= (unsigned int)n;
        if (n == 0)
            return;
        server_wake();
    }
}

/* What does not fit stays in the port. */
static void receive(void)
{
    char bytes[64];
    long n = 1;

    while (n > 0 && RING_BYTES - input.count >= sizeof(bytes)) {
        n = port->read(bytes, sizeof(bytes));
        for (long i = 0; i < n; i++)
            ring_put(&input, bytes[i]);
        input_ended |= n == PORT_END;
        if (n)
            server_wake();
    }
}

static void arm(void)
{
    port->arm(!input_ended && RING_BYTES - input.count >= 64, output.count);
}

static void event(seL4_Word events)
{
    (void)events;
    port->acknowledge();
    receive();
    transmit();
    arm();
}

static void put(char c)
{
    if (c == '\n')
        ring_put(&output, '\r');
    ring_put(&output, c);
}

static void echo(const char *text)
{
    for (; *text; text++)
        put(*text);
}

/* -------------------------------------------------------------- lines */

static void erase(void)
{
    if (line_length == 0)
        return;
    line_length--;
    echo("\b \b");
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
    } else if (c == CTRL('C')) {
        echo("^C\n");
        line_length = 0;
        interrupted = true;
    } else if (c == CTRL('D')) {
        line_ready = true;
    } else if (c == '\n' || (c >= ' ' && line_length < LINE_BYTES - 1)) {
        line[line_length++] = c;
        put(c);
        line_ready = c == '\n';
    }
}

static long read_line(char *to, size_t bytes)
{
    size_t n = 0;

    while (!line_ready && !interrupted && input.count)
        edit(ring_take(&input));
    if (interrupted) {
        interrupted = false;
        return -SERVER_INTERRUPTED;
    }
    if (!line_ready && !input_ended)
        return SERVER_LATER;
    while (n < bytes && line_at < line_length)
        to[n++] = line[line_at++];
    if (line_at == line_length) {
        line_at = line_length = 0;
        line_ready = false;
    }
    return (long)n;
}

static long read_raw(char *to, size_t bytes)
{
    size_t n = 0;

    while (n < bytes && input.count)
        to[n++] = ring_take(&input);
    return n || input_ended ? (long)n : SERVER_LATER;
}

/* -------------------------------------------------------------- requests */

static long handle_read(struct session *session, struct request *request)
{
    char *to = server_buffer(session, request->words[0], request->words[1]);
    long n;

    if (!to || request->words[1] == 0)
        return -SERVER_BAD_ARGUMENT;
    receive();
    n = raw[session->number] ? read_raw(to, request->words[1]) : read_line(to, request->words[1]);
    transmit();
    arm();
    return n;
}

/* Goes on from request->done; nobody else's bytes come in between. */
static long handle_write(struct session *session, struct request *request)
{
    const char *from = server_buffer(session, request->words[0], request->words[1]);

    if (!from)
        return -SERVER_BAD_ARGUMENT;
    if (writer && writer != session->number)
        return SERVER_LATER;
    while (request->done < request->words[1]) {
        if (output.count + 2 > RING_BYTES)
            transmit();
        if (output.count + 2 > RING_BYTES)
            break;
        put(from[request->done++]);
    }
    transmit();
    arm();
    writer = request->done < request->words[1] ? session->number : 0;
    if (writer)
        return SERVER_LATER;
    server_wake();
    return (long)request->words[1];
}

static long handle_mode(struct session *session, struct request *request)
{
    if (request->words[0] > CONSOLE_RAW)
        return -SERVER_BAD_ARGUMENT;
    raw[session->number] = request->words[0] == CONSOLE_RAW;
    return 0;
}

static long handle_size(struct session *session, struct request *request)
{
    (void)session;
    port->size(&request->answer[0], &request->answer[1]);
    request->answers = 2;
    return 0;
}

static void close_session(struct session *session)
{
    raw[session->number] = false;
    if (writer == session->number)
        writer = 0;
}

static seL4_Word count_writers(void)
{
    return writer != 0;
}

/* Device 0 is the ports or the terminal, device 1 the serial port's interrupt. */
static long start(const seL4_Word *words)
{
    static const struct port_devices devices = {
        .device = SERVER_DEVICES,
        .irq = SERVER_DEVICES + 1,
        .notification = SERVER_EVENTS,
        .frame = SERVER_WORK,
        .work = (char *)SERVER_WORK_ADDRESS,
    };

    port = words[0] == CONSOLE_BACKEND_HOST ? &port_terminal : &port_serial;
    if (port->start(&devices) < 0 || port->bind() < 0)
        return -SERVER_IO;
    arm();
    return 0;
}

int main(void)
{
    static server_handler *const handlers[] = {handle_write, handle_read, handle_mode, handle_size};
    static const struct server server = {
        .start = start,
        .close = close_session,
        .event = event,
        .count = count_writers,
        .handlers = handlers,
        .handler_count = CONSOLE_LABEL_END - SERVER_FIRST,
    };

    server_run(&server);
}
