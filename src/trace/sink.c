/* A file that grows by whole pieces, see sink.h. */
#include "trace/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DUE_SIZE  (64u << 10)
#define FULL_SIZE (256u << 10)
#define LAST_WAIT 2000 /* ms, for who does not read the end */

/* O_NONBLOCK: a named pipe that nobody reads is an error and not a wait that Ctrl-C can't end. */
int sink_open(struct sink *sink, const char *option, const char *path, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);

    *sink = (struct sink){.option = option, .path = path, .fd = fd};
    if (fd < 0 && errno == ENXIO)
        return error_errno(err, ENXIO, "%s %s: start the process that reads it first", option,
                           path);
    if (fd < 0)
        return error_errno(err, errno, "%s %s", option, path);
    sink->open = true;
    return 0;
}

static void fail(struct sink *sink, int error)
{
    if (sink->error == 0)
        sink->error = error;
    sink->size = 0;
}

static bool grow(struct sink *sink, size_t needed)
{
    size_t room = sink->room != 0 ? sink->room : DUE_SIZE;
    uint8_t *data;

    while (room < needed)
        room *= 2;
    data = realloc(sink->data, room);
    if (data == NULL)
        return false;
    sink->data = data;
    sink->room = room;
    return true;
}

uint8_t *sink_reserve(struct sink *sink, size_t size)
{
    if (!sink->open || sink->error != 0)
        return NULL;
    if (sink->size + size > sink->room && !grow(sink, sink->size + size)) {
        fail(sink, ENOMEM);
        return NULL;
    }
    return sink->data + sink->size;
}

void sink_took(struct sink *sink, size_t size)
{
    sink->size += size;
}

bool sink_is_due(const struct sink *sink)
{
    return sink->size >= DUE_SIZE;
}

bool sink_is_full(const struct sink *sink)
{
    return sink->size >= FULL_SIZE;
}

void sink_flush(struct sink *sink)
{
    size_t done = 0;

    while (done < sink->size) {
        ssize_t n = write(sink->fd, sink->data + done, sink->size - done);

        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            break;
        } else if (n == 0 || errno != EINTR) {
            fail(sink, n == 0 ? EIO : errno);
            return;
        }
    }
    sink->size -= done;
    if (sink->size > 0 && done > 0)
        memmove(sink->data, sink->data + done, sink->size);
}

static void write_rest(struct sink *sink)
{
    struct pollfd reader = {.fd = sink->fd, .events = POLLOUT};

    sink_flush(sink);
    while (sink->size > 0 && poll(&reader, 1, LAST_WAIT) > 0)
        sink_flush(sink);
    if (sink->size > 0)
        fail(sink, ETIMEDOUT);
}

int sink_close(struct sink *sink, struct error *err)
{
    if (!sink->open)
        return 0;
    write_rest(sink);
    if (close(sink->fd) != 0)
        fail(sink, errno);
    free(sink->data);
    sink->data = NULL;
    sink->open = false;
    if (sink->error == 0)
        return 0;
    return error_errno(err, sink->error, "%s %s is not complete", sink->option, sink->path);
}
