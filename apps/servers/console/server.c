/* The console server: sessions over the line discipline (discipline.h), see console.h. */
#include "../lib/server.h"
#include "console.h"
#include "discipline.h"
#include "port.h"

#define FEW_BYTES 64u /* read from the port at once */

static void echo(const char *text, size_t bytes);

static const struct port *port;
static struct fifo input, output;
static struct line line = {.echo = echo};
static bool input_ended, interrupted;
static bool raw[SERVER_SESSIONS];
static unsigned int writer; /* session that is in the middle of writing, 0: none */

/* -------------------------------------------------------------- the port */

static void transmit(void)
{
    if (fifo_send(&output, port))
        server_wake();
}

/* What does not fit stays in the port. */
static void receive(void)
{
    char bytes[FEW_BYTES];
    long n = 1;

    while (n > 0 && fifo_room(&input) >= sizeof(bytes)) {
        n = port->read(bytes, sizeof(bytes));
        for (long i = 0; i < n; i++)
            fifo_put(&input, bytes[i]);
        input_ended |= n == PORT_END;
        if (n)
            server_wake();
    }
}

static void arm(void)
{
    port->arm(!input_ended && fifo_room(&input) >= FEW_BYTES, output.count);
}

static void event(seL4_Word events)
{
    (void)events;
    port->acknowledge();
    receive();
    transmit();
    arm();
}

static void echo(const char *text, size_t bytes)
{
    for (size_t n = 0; n < bytes; n++)
        fifo_put_text(&output, text[n]);
}

/* -------------------------------------------------------------- reading */

static void edit(char c)
{
    if (c != CTRL('C')) {
        line_edit(&line, c);
        return;
    }
    echo("^C\n", 3);
    line_drop(&line);
    interrupted = true;
}

static long read_line(char *to, size_t bytes)
{
    while (!line.ready && !interrupted && input.count)
        edit(fifo_take(&input));
    if (interrupted) {
        interrupted = false;
        return -SERVER_INTERRUPTED;
    }
    if (!line.ready && !input_ended)
        return SERVER_LATER;
    return (long)line_read(&line, to, bytes);
}

static long read_raw(char *to, size_t bytes)
{
    size_t n = 0;

    while (n < bytes && input.count)
        to[n++] = fifo_take(&input);
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
        if (fifo_room(&output) < 2)
            transmit();
        if (fifo_room(&output) < 2)
            break;
        fifo_put_text(&output, from[request->done++]);
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
