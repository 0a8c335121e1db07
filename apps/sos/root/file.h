/*
 * The file system: one folder of files, those of the archive (read-only, in the root task's
 * image) and temporary ones (blocks of the disk).
 *
 * An inode lives as long as it has a name or is used: by open files and by processes that run it.
 */
#pragma once

#include "abi.h"
#include "guest.h"

#define FILE_BLOCKS 512 /* 2 MiB */

struct inode {
    char name[SOS_NAME_MAX];
    bool used, named;
    const char *memory; /* of the archive's; NULL: temporary */
    size_t size;
    unsigned int users;                 /* open files and running processes */
    unsigned int running;               /* processes among them: it must not change */
    unsigned short blocks[FILE_BLOCKS]; /* 0: zeroes */
};

/* Takes all files of an archive. */
void inode_seed(const char *archive);

struct inode *inode_find(const char *name);
struct inode *inode_create(const char *name); /* NULL: no room, or not a name */
struct inode *inode_at(unsigned int index);   /* the index-th with a name, or NULL */

void inode_hold(struct inode *inode);
void inode_release(struct inode *inode);
void inode_remove(struct inode *inode); /* takes its name */
bool inode_is_fixed(const struct inode *inode);

/* What is beyond the end is not read; bytes that were. */
size_t inode_read(struct inode *inode, size_t offset, void *to, size_t bytes);

/* Bytes written, or an error when none could be. */
long inode_write(struct inode *inode, size_t offset, const void *from, size_t bytes);
void inode_truncate(struct inode *inode);
