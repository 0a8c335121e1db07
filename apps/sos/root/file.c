/* Files, see file.h. */
#include "file.h"
#include "disk.h"
#include "volume.h"

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

static struct inode *find_free(void)
{
    for (struct inode *i = inodes; i < inodes + MAX_INODES; i++) {
        if (!i->used) {
            memset(i, 0, sizeof(*i));
            return i;
        }
    }
    return NULL;
}

static bool is_name(const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < length; i++) {
        if (name[i] == '/')
            return false;
    }
    return length > 0 && length < SOS_NAME_MAX;
}

static struct inode *create(const char *name)
{
    struct inode *inode = find_free();

    if (inode) {
        memcpy(inode->name, name, strlen(name) + 1);
        inode->used = inode->named = true;
    }
    return inode;
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

void inode_truncate(struct inode *inode)
{
    for (unsigned int i = 0; i < FILE_BLOCKS; i++) {
        if (inode->blocks[i])
            block_free(inode->blocks[i]);
        inode->blocks[i] = 0;
    }
    inode->size = 0;
}

static void collect(struct inode *inode)
{
    if (inode->named || inode->users)
        return;
    if (inode->volume)
        volume_close(inode);
    else
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
    return inode->volume ? !inode->writable : inode->memory || inode->running;
}

long inode_rename(struct inode *inode, const char *name)
{
    struct inode *other = inode_find(name);

    if (!is_name(name))
        return -SOS_EINVAL;
    if (inode->memory || (other && other->memory))
        return -SOS_EACCES;
    if (other == inode)
        return 0;
    if (other)
        inode_remove(other);
    memcpy(inode->name, name, strlen(name) + 1);
    return 0;
}

/* -------------------------------------------------------------- opening */

static long open_own(const char *name, unsigned int flags, struct inode **inode)
{
    struct inode *found = inode_find(name);

    if (found && (flags & SOS_O_WRITE) && inode_is_fixed(found))
        return -SOS_EACCES;
    if (!found && !(flags & SOS_O_CREATE))
        return -SOS_ENOENT;
    if (!found && !is_name(name))
        return -SOS_EINVAL;
    if (!found)
        found = create(name);
    if (!found)
        return -SOS_ENOMEM;
    *inode = found;
    return 0;
}

static const char *last_name(const char *path)
{
    const char *name = path;

    for (; *path; path++) {
        if (*path == '/' && path[1])
            name = path + 1;
    }
    return name;
}

long inode_open(const char *path, unsigned int flags, struct inode **inode)
{
    const char *rest, *name = last_name(path);
    struct volume *volume = volume_of(path, &rest);
    size_t length = strlen(name);
    long error;

    if (!volume)
        return open_own(path, flags, inode);
    *inode = find_free();
    if (!*inode)
        return -SOS_ENOMEM;
    error = volume_open(volume, rest, flags, *inode);
    if (error)
        return error;
    (*inode)->used = true;
    memcpy((*inode)->name, name, length < SOS_NAME_MAX ? length : SOS_NAME_MAX - 1);
    return 0;
}

long inode_size(struct inode *inode)
{
    return inode->volume ? volume_size(inode) : (long)inode->size;
}

/* -------------------------------------------------------------- content */

static size_t piece(size_t offset, size_t bytes)
{
    size_t rest = BLOCK_SIZE - offset % BLOCK_SIZE;

    return bytes < rest ? bytes : rest;
}

static bool read_piece(struct inode *inode, size_t offset, char *to, size_t bytes)
{
    unsigned int block = inode->blocks[offset / BLOCK_SIZE];
    char whole[BLOCK_SIZE];

    if (inode->memory) {
        memcpy(to, inode->memory + offset, bytes);
    } else if (block == 0) {
        memset(to, 0, bytes);
    } else {
        if (!disk_read(block, whole))
            return false;
        memcpy(to, whole + offset % BLOCK_SIZE, bytes);
    }
    return true;
}

long inode_read(struct inode *inode, size_t offset, void *to, size_t bytes)
{
    char *at = to;

    if (inode->volume)
        return volume_read_page(inode, offset, to, bytes);
    if (offset >= inode->size)
        return 0;
    if (bytes > inode->size - offset)
        bytes = inode->size - offset;
    for (size_t n, rest = bytes; rest; rest -= n, offset += n, at += n) {
        n = piece(offset, rest);
        if (!read_piece(inode, offset, at, n))
            return -SOS_EIO;
    }
    return (long)bytes;
}

/* The file has a new block only once that holds something. */
static long write_piece(struct inode *inode, size_t offset, const char *from, size_t bytes)
{
    unsigned int index = (unsigned int)(offset / BLOCK_SIZE), block;
    char whole[BLOCK_SIZE] = {0};

    if (offset >= FILE_BLOCKS * BLOCK_SIZE)
        return -SOS_ENOMEM;
    block = inode->blocks[index] ? inode->blocks[index] : block_alloc();
    if (block == 0)
        return -SOS_ENOMEM;
    if (inode->blocks[index] && !disk_read(block, whole))
        return -SOS_EIO;
    memcpy(whole + offset % BLOCK_SIZE, from, bytes);
    if (!disk_write(block, whole)) {
        if (inode->blocks[index] == 0)
            block_free(block);
        return -SOS_EIO;
    }
    inode->blocks[index] = (unsigned short)block;
    return 0;
}

long inode_write(struct inode *inode, size_t offset, const void *from, size_t bytes)
{
    const char *at = from;
    size_t done = 0;
    long error = 0;

    for (size_t n; done < bytes; done += n) {
        n = piece(offset + done, bytes - done);
        error = write_piece(inode, offset + done, at + done, n);
        if (error)
            break;
    }
    if (done && offset + done > inode->size)
        inode->size = offset + done;
    return done ? (long)done : error;
}
