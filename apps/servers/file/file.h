/*
 * The file server: what its clients ask and how.
 *
 * Data and names lie in the session's buffer. With the host's directory behind it, the server hands
 * the buffer's frame on: bytes go straight between Linux's file and the memory that the client sees
 * (up to SERVER_BUFFER_MAX at once). The server itself never looks at them.
 *
 * Paths are relative to the session's folder, with '/' between names and no zero at the end. A file
 * that is open is a number; an open file belongs to its session.
 */
#pragma once

#include "../lib/client.h"

/* Requests: words -> words behind the result. */
enum file_label {
    FILE_OPEN = SERVER_FIRST, /* path: offset, length; FILE_* flags: the file -> kind, size */
    FILE_CLOSE,               /* file */
    FILE_READ,      /* file, buffer: offset, length; position or FILE_NEXT: bytes, 0 at the end */
    FILE_WRITE,     /* the same: bytes */
    FILE_SEEK,      /* file, distance, FILE_FROM_*: the position that FILE_NEXT goes on from */
    FILE_STAT,      /* file -> struct sel4ux_host_status */
    FILE_STAT_PATH, /* path: offset, length -> the same */
    FILE_TRUNCATE,  /* file, size */
    FILE_SYNC,      /* file: all that was written is safe */
    FILE_LIST,      /* folder or 0, buffer: offset, length; cookie: bytes of entries -> cookie */
    FILE_MAKE_DIRECTORY, /* path: offset, length */
    FILE_REMOVE,         /* path: offset, length */
    FILE_RENAME,         /* both paths: offset, length; length of the first */
    FILE_DIRECT,         /* file: its host object goes with the answer, until the file is closed */
    FILE_LABEL_END,
};

/* Flags of FILE_OPEN are those of host objects, enum sel4ux_host_open_flags. */
#define FILE_NEXT (~(seL4_Word)0)
enum { FILE_FROM_START, FILE_FROM_HERE, FILE_FROM_END };

/* What FILE_LIST puts into the buffer is struct sel4ux_host_entry; cookie 0 begins. */

/* SERVER_START's first word; with RAM the second one is its large pages. */
enum file_backend { FILE_BACKEND_RAM, FILE_BACKEND_HOST };

/* SERVER_OPEN's word: which of the server's directories, and how many files may be open (0: 24). */
#define FILE_SESSION(directory, files) ((seL4_Word)(directory) | (seL4_Word)(files) << 16)
#define FILE_READ_ONLY                 0x100 /* may be added */

/* The result of each is the server's. */
long file_open(const struct client *client, const char *path, seL4_Word flags);
long file_close(const struct client *client, long file);

/* Bytes are moved from and to the client's own memory; the buffer is in between. */
long file_read(const struct client *client, long file, void *to, size_t bytes);
long file_write(const struct client *client, long file, const void *from, size_t bytes);

/* The first `bytes` of the buffer, which may be as many as it has, from `position` on. */
static inline long file_read_buffer(const struct client *client, long file, size_t bytes,
                                    seL4_Word position)
{
    return client_call(client, FILE_READ, (seL4_Word)file, 0, bytes, position);
}

static inline long file_write_buffer(const struct client *client, long file, size_t bytes,
                                     seL4_Word position)
{
    return client_call(client, FILE_WRITE, (seL4_Word)file, 0, bytes, position);
}

long file_seek(const struct client *client, long file, long distance, unsigned int from);
long file_stat(const struct client *client, long file, struct sel4ux_host_status *status);
long file_stat_path(const struct client *client, const char *path,
                    struct sel4ux_host_status *status);
long file_truncate(const struct client *client, long file, size_t size);
long file_sync(const struct client *client, long file);
long file_make_directory(const struct client *client, const char *path);
long file_remove(const struct client *client, const char *path);
long file_rename(const struct client *client, const char *from, const char *to);

/* Entries in the buffer, from *cookie on. */
long file_list(const struct client *client, long folder, seL4_Word *cookie);

/* The file's host object is put into the empty slot `slot` of this process's CSpace `cnode`. */
long file_direct(const struct client *client, long file, seL4_CPtr cnode, seL4_Word slot,
                 seL4_Word depth);
