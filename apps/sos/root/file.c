/* Files, see file.h. */
#include "file.h"
#include "disk.h"

#define MAX_INODES 96

_Static_assert(BLOCK_SIZE == SOS_PAGE, "the page file has pages in blocks");

static struct inode inodes[MAX_INODES];

/* -------------------------------------------------------------- names */

struct inode *inode_find(const char *name)
{
    for (struct inode *i = inodes; i < inodes + MAX_INODES; i++) {
        if (i->used && i->named && strcmp(i->name, name) == 0)
            return i;
    }
    return NULL;
}

struct inode *inode_create(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length >= SOS_NAME_MAX)
        return NULL;
    for (struct inode *i = inodes; i < inodes + MAX_INODES; i++) {
        if (i->used)
            continue;
        memset(i, 0, sizeof(*i));
        memcpy(i->name, name, length + 1);
        i->used = i->named = true;
        return i;
    }
    return NULL;
}

struct inode *inode_at(unsigned int index)
{
    for (struct inode *i = inodes; i < inodes + MAX_INODES; i++) {
        if (i->used && i->named && index-- == 0)
            return i;
    }
    return NULL;
}

/* -------------------------------------------------------------- life */

static void collect(struct inode *inode)
{
    if (inode->named || inode->users)
        return;
    inode_truncate(inode);
    inode->used = false;
}

void inode_hold(struct inode *inode)
{
    inode->users++;
}

void inode_release(struct inode *inode)
{
    inode->users--;
    collect(inode);
}

void inode_remove(struct inode *inode)
{
    inode->named = false;
    collect(inode);
}

bool inode_is_fixed(const struct inode *inode)
{
    return inode->memory || inode->running;
}

void inode_truncate(struct inode *inode)
{
    for (unsigned int i = 0; i < FILE_BLOCKS; i++) {
        if (inode->blocks[i])
            block_free(inode->blocks[i]);
        inode->blocks[i] = 0;
    }
    inode->size = 0;
}

/* -------------------------------------------------------------- content */

static size_t piece(size_t offset, size_t bytes)
{
    size_t rest = BLOCK_SIZE - offset % BLOCK_SIZE;

    return bytes < rest ? bytes : rest;
}

static void read_piece(struct inode *inode, size_t offset, char *to, size_t bytes)
{
    unsigned int block = inode->blocks[offset / BLOCK_SIZE];
    char whole[BLOCK_SIZE];

    if (inode->memory) {
        memcpy(to, inode->memory + offset, bytes);
    } else if (block == 0) {
        memset(to, 0, bytes);
    } else {
        disk_read(block, whole);
        memcpy(to, whole + offset % BLOCK_SIZE, bytes);
    }
}

size_t inode_read(struct inode *inode, size_t offset, void *to, size_t bytes)
{
    char *at = to;

    if (offset >= inode->size)
        return 0;
    if (bytes > inode->size - offset)
        bytes = inode->size - offset;
    for (size_t n, rest = bytes; rest; rest -= n, offset += n, at += n) {
        n = piece(offset, rest);
        read_piece(inode, offset, at, n);
    }
    return bytes;
}

static bool write_piece(struct inode *inode, size_t offset, const char *from, size_t bytes)
{
    unsigned short *block;
    char whole[BLOCK_SIZE];

    if (offset >= FILE_BLOCKS * BLOCK_SIZE)
        return false;
    block = &inode->blocks[offset / BLOCK_SIZE];
    if (*block) {
        disk_read(*block, whole);
    } else {
        *block = (unsigned short)block_alloc();
        memset(whole, 0, sizeof(whole));
    }
    if (*block == 0)
        return false;
    memcpy(whole + offset % BLOCK_SIZE, from, bytes);
    disk_write(*block, whole);
    return true;
}

long inode_write(struct inode *inode, size_t offset, const void *from, size_t bytes)
{
    const char *at = from;
    size_t done = 0;

    for (size_t n; done < bytes; done += n) {
        n = piece(offset + done, bytes - done);
        if (!write_piece(inode, offset + done, at + done, n))
            break;
    }
    if (done && offset + done > inode->size)
        inode->size = offset + done;
    return done || bytes == 0 ? (long)done : -SOS_ENOMEM;
}
