/* The block server, see block.h; its two back ends are four small functions each. */
#include "block.h"
#include "../lib/server.h"

struct backend {
    long (*read)(struct sel4ux_host_buffer to, char *at, seL4_Word position);
    long (*write)(struct sel4ux_host_buffer from, const char *at, seL4_Word position);
    long (*sync)(void);
};

static const struct backend *backend;
static seL4_Word disk_size;

/* -------------------------------------------------------------- memory */

static char *const memory = (char *)SERVER_MEMORY_ADDRESS;

static long ram_read(struct sel4ux_host_buffer to, char *at, seL4_Word position)
{
    memcpy(at, memory + position, to.length);
    return (long)to.length;
}

static long ram_write(struct sel4ux_host_buffer from, const char *at, seL4_Word position)
{
    memcpy(memory + position, at, from.length);
    return (long)from.length;
}

static long ram_sync(void)
{
    return 0;
}

static const struct backend ram = {ram_read, ram_write, ram_sync};

/* -------------------------------------------------------------- a file of the host */

static long host_read(struct sel4ux_host_buffer to, char *at, seL4_Word position)
{
    (void)at;
    return sel4ux_host_read(SERVER_DEVICES, to, position);
}

static long host_write(struct sel4ux_host_buffer from, const char *at, seL4_Word position)
{
    (void)at;
    return sel4ux_host_write(SERVER_DEVICES, from, position);
}

static long host_sync(void)
{
    return sel4ux_host_sync(SERVER_DEVICES);
}

static const struct backend host = {host_read, host_write, host_sync};

/* -------------------------------------------------------------- requests */

static seL4_Word first_of(const struct session *session)
{
    return (session->word >> 32) << 20;
}

static seL4_Word size_of(const struct session *session)
{
    return session->word ? (session->word & 0xffffffff) << 20 : disk_size;
}

static long open_session(struct session *session)
{
    seL4_Word first = first_of(session);

    return first > disk_size || size_of(session) > disk_size - first ? -SERVER_BAD_ARGUMENT : 0;
}

static long move(struct session *session, struct request *request, bool write)
{
    seL4_Word position = request->words[2], size = size_of(session);
    struct sel4ux_host_buffer range;
    char *at = server_buffer(session, request->words[0], request->words[1]);

    if (!server_range(session, request->words[0], request->words[1], &range) ||
        range.length % BLOCK_SECTOR || position % BLOCK_SECTOR || position > size)
        return -SERVER_BAD_ARGUMENT;
    if (range.length > size - position)
        range.length = size - position;
    if (range.length == 0)
        return 0;
    position += first_of(session);
    return write ? backend->write(range, at, position) : backend->read(range, at, position);
}

static long handle_read(struct session *session, struct request *request)
{
    return move(session, request, false);
}

static long handle_write(struct session *session, struct request *request)
{
    return move(session, request, true);
}

static long handle_sync(struct session *session, struct request *request)
{
    (void)session;
    (void)request;
    return backend->sync();
}

static long handle_size(struct session *session, struct request *request)
{
    (void)request;
    return (long)size_of(session);
}

static long start(const seL4_Word *words)
{
    struct sel4ux_host_status status;
    long error = 0;

    if (words[0] == BLOCK_BACKEND_HOST) {
        error = sel4ux_host_stat(SERVER_DEVICES, &status);
        disk_size = status.size & -BLOCK_SECTOR;
        backend = &host;
    } else {
        disk_size = words[1] * SERVER_BUFFER_MAX;
        backend = &ram;
    }
    return error < 0 ? -SERVER_IO : 0;
}

int main(void)
{
    static server_handler *const handlers[] = {handle_read, handle_write, handle_sync, handle_size};
    static const struct server server = {
        .start = start,
        .open = open_session,
        .handlers = handlers,
        .handler_count = BLOCK_LABEL_END - SERVER_FIRST,
    };

    server_run(&server);
}
