/*
 * Folders of the host: what is below /host, say. The file server, a process of its own, has the
 * host's directories; SOS is a client of it with a session for each.
 *
 * A file of a volume is an inode without a name, which lives as long as it is open: opening it
 * twice makes two. Whole requests go through the session's buffer; its last page is kept apart for
 * pages of programs, which may be needed while the buffer's content is being copied to a process.
 */
#pragma once

#include "file.h"

#define VOLUME_AT_ONCE (1ul << 20) /* bytes that one request moves at the most */

struct volume;

/* Starts the server if there is anything for it to serve. */
void volume_init(void);

/* The volume that a path leads to, and the rest of the path in *rest; NULL: an own file. */
struct volume *volume_of(const char *path, const char **rest);

/* The names of all, to be listed; NULL behind the last. */
const char *volume_name(unsigned int index);

/* Results below are numbers from 0 on or -SOS_*. `flags`: SOS_O_*. */
long volume_open(struct volume *volume, const char *path, unsigned int flags, struct inode *inode);
void volume_close(struct inode *inode);
long volume_stat(struct volume *volume, const char *path, struct sos_file *file);
long volume_remove(struct volume *volume, const char *path);
long volume_make_folder(struct volume *volume, const char *path);
long volume_rename(struct volume *volume, const char *from, const char *to);
long volume_sync(struct inode *inode);

/* The size of an open file now. */
long volume_size(struct inode *inode);

/* Where the bytes of volume_read(), volume_write() and volume_list() are. */
char *volume_buffer(struct inode *inode);
long volume_read(struct inode *inode, size_t offset, size_t bytes);
long volume_write(struct inode *inode, size_t offset, size_t bytes);
long volume_list(struct inode *inode, size_t *cookie, size_t bytes);

/* The same as volume_read() to `to`, and leaves that buffer alone. */
long volume_read_page(struct inode *inode, size_t offset, void *to, size_t bytes);
