/* The client's side of the file server, see file.h. */
#include "file.h"

static bool put_path(const struct client *client, size_t at, const char *path)
{
    size_t length = strlen(path);

    if (length > client->bytes - at)
        return false;
    memcpy(client->buffer + at, path, length);
    return true;
}

static long call_with_path(const struct client *client, seL4_Word label, const char *path,
                           seL4_Word flags)
{
    if (!put_path(client, 0, path))
        return -SERVER_BAD_PATH;
    return client_call(client, label, 0, strlen(path), flags, 0);
}

long file_open(const struct client *client, const char *path, seL4_Word flags)
{
    return call_with_path(client, FILE_OPEN, path, flags);
}

long file_close(const struct client *client, long file)
{
    return client_call(client, FILE_CLOSE, (seL4_Word)file, 0, 0, 0);
}

long file_read(const struct client *client, long file, void *to, size_t bytes)
{
    size_t want = bytes < client->bytes ? bytes : client->bytes;
    long n = file_read_buffer(client, file, want, FILE_NEXT);

    if (n > 0)
        memcpy(to, client->buffer, (size_t)n);
    return n;
}

long file_write(const struct client *client, long file, const void *from, size_t bytes)
{
    size_t done = 0;

    while (done < bytes) {
        size_t n = bytes - done < client->bytes ? bytes - done : client->bytes;
        long moved;

        memcpy(client->buffer, (const char *)from + done, n);
        moved = file_write_buffer(client, file, n, FILE_NEXT);
        if (moved <= 0)
            return done ? (long)done : moved;
        done += (size_t)moved;
    }
    return (long)done;
}

long file_seek(const struct client *client, long file, long distance, unsigned int from)
{
    return client_call(client, FILE_SEEK, (seL4_Word)file, (seL4_Word)distance, from, 0);
}

long file_stat(const struct client *client, long file, struct sel4ux_host_status *status)
{
    return sel4ux_host_take_status(client_call(client, FILE_STAT, (seL4_Word)file, 0, 0, 0),
                                   status);
}

long file_stat_path(const struct client *client, const char *path,
                    struct sel4ux_host_status *status)
{
    return sel4ux_host_take_status(call_with_path(client, FILE_STAT_PATH, path, 0), status);
}

long file_truncate(const struct client *client, long file, size_t size)
{
    return client_call(client, FILE_TRUNCATE, (seL4_Word)file, size, 0, 0);
}

long file_sync(const struct client *client, long file)
{
    return client_call(client, FILE_SYNC, (seL4_Word)file, 0, 0, 0);
}

long file_make_directory(const struct client *client, const char *path)
{
    return call_with_path(client, FILE_MAKE_DIRECTORY, path, 0);
}

long file_remove(const struct client *client, const char *path)
{
    return call_with_path(client, FILE_REMOVE, path, 0);
}

long file_rename(const struct client *client, const char *from, const char *to)
{
    size_t first = strlen(from);

    if (!put_path(client, 0, from) || !put_path(client, first, to))
        return -SERVER_BAD_PATH;
    return client_call(client, FILE_RENAME, 0, first + strlen(to), first, 0);
}

long file_list(const struct client *client, long folder, seL4_Word *cookie)
{
    long n = client_call(client, FILE_LIST, (seL4_Word)folder, 0, client->bytes, *cookie);

    if (n >= 0)
        *cookie = seL4_GetMR(1);
    return n;
}

long file_direct(const struct client *client, long file, seL4_CPtr cnode, seL4_Word slot,
                 seL4_Word depth)
{
    long result;

    seL4_SetCapReceivePath(cnode, slot, depth);
    result = client_call(client, FILE_DIRECT, (seL4_Word)file, 0, 0, 0);
    seL4_SetCapReceivePath(0, 0, 0);
    return result;
}
