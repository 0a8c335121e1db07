/*
 * httpd [PORT [FOLDER]]: serves SOS's files and the host's folders, /motd and /host/NAME say, to
 * many clients at once, until it is killed. With FOLDER only what lies in it.
 *
 * One process for all connections: each has what it has read of a request and how far its answer
 * is. Answers are read from their file as they are sent, so that a slow client costs nothing.
 */
#include "http.h"
#include "sos.h"

#define CLIENTS      220
#define REQUEST_MAX  2048
#define CHUNK        131072 /* of a file, sent at once at most */
#define DEFAULT_PORT 80

struct connection {
    struct http_request request;
    char text[REQUEST_MAX]; /* what has come of the next requests */
    size_t bytes;
    bool answers; /* of the answer: */
    char header[HTTP_ANSWER_MAX + 64];
    size_t header_bytes;      /* with the text of an error */
    unsigned long file_bytes; /* behind the header; 0: there is no file */
    char name[SOS_PATH_MAX];  /* of the file */
    long file;                /* open until it is read from; below 0: it is not */
    unsigned long sent;
};

static struct sos_poll polls[1 + CLIENTS]; /* the listener, then the clients */
static struct connection *connections[1 + CLIENTS];
static unsigned int count = 1; /* of polls */
static const char *folder = "";
static char chunk[CHUNK];

/* -------------------------------------------------------------- answers */

/* Opens what the path names. SOS's own files, /motd say, have no '/' there. */
static long open_file(struct connection *c)
{
    size_t at = strlen(folder), length = strlen(c->request.path) + 1;

    c->file = -SOS_EINVAL;
    if (at + length > sizeof(c->name))
        return c->file;
    memcpy(c->name, folder, at);
    memcpy(c->name + at, c->request.path, length);
    c->file = sos_open(c->name, SOS_O_READ);
    if (c->file == -SOS_ENOENT && at == 0) {
        memmove(c->name, c->name + 1, length - 1);
        c->file = sos_open(c->name, SOS_O_READ);
    }
    return c->file;
}

static void close_file(struct connection *c)
{
    if (c->file >= 0)
        sos_close(c->file);
    c->file = -1;
}

static void answer_error(struct connection *c, unsigned int status)
{
    const char *reason = http_reason(status);
    size_t length = strlen(reason);

    c->request.keep = c->request.keep && status == 404;
    c->header_bytes = http_answer(c->header, status, "", length + 1, c->request.keep);
    if (!c->request.head) {
        memcpy(c->header + c->header_bytes, reason, length);
        c->header_bytes += length;
        c->header[c->header_bytes++] = '\n';
    }
}

static void start_answer(struct connection *c)
{
    long size = -1;

    c->answers = true;
    c->sent = c->file_bytes = 0;
    if (c->request.status != 200) {
        answer_error(c, c->request.status);
        return;
    }
    if (open_file(c) >= 0)
        size = sos_seek(c->file, 0, SOS_FROM_END);
    if (size < 0) {
        close_file(c);
        answer_error(c, 404);
        return;
    }
    c->header_bytes =
        http_answer(c->header, 200, c->request.path, (unsigned long)size, c->request.keep);
    c->file_bytes = c->request.head ? 0 : (unsigned long)size;
}

/* `bytes` of the file, from `offset` on; an error if they are not there any more. */
static long read_file(struct connection *c, unsigned long offset, char *to, size_t bytes)
{
    size_t done = 0;
    long n = 1;

    if (c->file < 0)
        c->file = sos_open(c->name, SOS_O_READ);
    if (c->file < 0)
        return c->file;
    sos_seek(c->file, (long)offset, SOS_FROM_START);
    for (; done < bytes && n > 0; done += n > 0 ? (size_t)n : 0)
        n = sos_read(c->file, to + done, bytes - done);
    return done == bytes ? 0 : -SOS_EIO;
}

/* The next bytes of the answer in `chunk`; negative: the file is not what it was. */
static long fill(struct connection *c)
{
    unsigned long total = c->header_bytes + c->file_bytes;
    size_t done = 0, want = total - c->sent < CHUNK ? total - c->sent : CHUNK;
    long error = 0;

    if (c->sent < c->header_bytes) {
        done = c->header_bytes - c->sent;
        memcpy(chunk, c->header + c->sent, done);
    }
    if (done < want)
        error = read_file(c, c->sent + done - c->header_bytes, chunk + done, want - done);
    close_file(c); /* a slow client keeps no file open */
    return error ? error : (long)want;
}

/* -------------------------------------------------------------- connections */

static void drop(unsigned int i)
{
    struct connection *c = connections[i];

    close_file(c);
    sos_close(polls[i].file);
    count--;
    polls[i] = polls[count];
    connections[i] = connections[count];
    connections[count] = c;
}

/* False: there are no more, or no more can be served now. */
static bool take_client(void)
{
    long fd = count <= CLIENTS ? sos_accept(polls[0].file, SOS_NOWAIT, NULL) : -SOS_EAGAIN;

    if (fd < 0)
        return false;
    if (!connections[count])
        connections[count] = sos_sbrk(sizeof(struct connection));
    if (!connections[count]) {
        sos_close(fd);
        return false;
    }
    connections[count]->bytes = 0;
    connections[count]->file = -1;
    connections[count]->answers = false;
    polls[count++] = (struct sos_poll){.file = (int)fd, .wanted = SOS_READABLE};
    return true;
}

/* Takes a whole request out of what has come. */
static void take_request(struct connection *c)
{
    size_t bytes = http_header_bytes(c->text, c->bytes);

    if (bytes == 0 && c->bytes < sizeof(c->text))
        return;
    if (bytes == 0) {
        c->request = (struct http_request){.status = 431};
        bytes = c->bytes;
    } else {
        http_parse(&c->request, c->text, bytes);
    }
    c->bytes -= bytes;
    memmove(c->text, c->text + bytes, c->bytes);
    start_answer(c);
}

/* 1: go on, 0: wait, negative: it is over. */
static int receive(unsigned int i)
{
    struct connection *c = connections[i];
    long n;

    take_request(c);
    if (c->answers)
        return 1;
    n = sos_receive(polls[i].file, c->text + c->bytes, sizeof(c->text) - c->bytes, SOS_NOWAIT);
    if (n > 0) {
        c->bytes += (size_t)n;
        return 1;
    }
    polls[i].wanted = SOS_READABLE;
    return n == -SOS_EAGAIN ? 0 : -1;
}

static int answer(unsigned int i)
{
    struct connection *c = connections[i];
    long n = fill(c);

    if (n > 0)
        n = sos_send(polls[i].file, chunk, (unsigned long)n, SOS_NOWAIT);
    polls[i].wanted = SOS_WRITABLE;
    if (n < 0)
        return n == -SOS_EAGAIN ? 0 : -1;
    c->sent += (unsigned long)n;
    if (c->sent < c->header_bytes + c->file_bytes)
        return 1;
    c->answers = false;
    if (!c->request.keep)
        return -1;
    polls[i].wanted = SOS_READABLE;
    return c->bytes ? 1 : 0;
}

/* A bounded number of steps, so that others get their turn. */
static void serve(unsigned int i)
{
    int result = 1;

    for (int steps = 0; steps < 8 && result > 0; steps++)
        result = connections[i]->answers ? answer(i) : receive(i);
    if (result < 0)
        drop(i);
    else if (result > 0)
        polls[i].wanted = SOS_READABLE | SOS_WRITABLE;
}

int sos_main(int argc, char **argv)
{
    unsigned long port = DEFAULT_PORT;
    long listener;

    if (argc > 3 || (argc > 1 && !sos_number(argv[1], &port))) {
        guest_printf("usage: httpd [PORT [FOLDER]]\n");
        return 2;
    }
    if (argc == 3)
        folder = argv[2];
    listener = sos_listen(port);
    if (listener < 0)
        return sos_fail("httpd", listener);
    polls[0] = (struct sos_poll){.file = (int)listener, .wanted = SOS_READABLE};
    guest_printf("httpd: port %lu\n", port);
    for (;;) {
        long ready = sos_poll(polls, count, SOS_FOREVER);

        if (ready < 0)
            return sos_fail("httpd", ready);
        for (unsigned int i = count; i-- > 1;) {
            if (polls[i].ready)
                serve(i);
        }
        while (polls[0].ready && take_client())
            ;
    }
}
