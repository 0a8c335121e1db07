/*
 * The file system: one folder of own files, those of the archive (read-only, in the root task's
 * image) and temporary ones (blocks of the disk); and the host's folders, see volume.h.
 *
 * An inode lives as long as it has a name or is used: by open files and by processes that run it.
 */
#pragma once

#include "abi.h"
#include "guest.h"

#define FILE_BLOCKS 512 /* 2 MiB */

struct volume;

struct inode {
    char name[SOS_NAME_MAX];
    bool used, named;
    const char *memory;                 /* of the archive's; NULL: temporary */
    size_t size;                        /* not of a volume's */
    unsigned int users;                 /* open files and running processes */
    unsigned int running;               /* processes among them: an own file must not change then */
    unsigned short blocks[FILE_BLOCKS]; /* 0: zeroes */
    struct volume *volume;              /* not NULL: a file of the host, */
    long file;                          /* whose number this is */
    bool writable;                      /* as it was opened */
};

/* Takes all files of an archive that lie in no folder. */
void inode_seed(const char *archive);

/*
 * The file that a path leads to, which is made if the flags (SOS_O_*) want it; 0 or -SOS_*. Who
 * gets it holds it. An own file is not truncated yet.
 */
long inode_open(const char *path, unsigned int flags, struct inode **inode);

struct inode *inode_find(const char *name);
struct inode *inode_at(unsigned int index); /* the index-th with a name, or NULL */

void inode_hold(struct inode *inode);
void inode_release(struct inode *inode);
void inode_remove(struct inode *inode); /* takes its name */
long inode_rename(struct inode *inode, const char *name);
bool inode_is_fixed(const struct inode *inode);

void inode_truncate(struct inode *inode); /* an own file */

/* The size now, or an error. */
long inode_size(struct inode *inode);

/* What is beyond the end is not read; bytes that were, or an error. */
long inode_read(struct inode *inode, size_t offset, void *to, size_t bytes);

/* Bytes written to an own file, or an error when none could be. */
long inode_write(struct inode *inode, size_t offset, const void *from, size_t bytes);
