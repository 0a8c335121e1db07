/*
 * The files that SOS starts with: the archive that the build has linked into the root task, in
 * the "newc" format of cpio (apps/lib/archive.c reads single files of it).
 */
#include "file.h"

#define HEADER_SIZE    110
#define FIELD_FILESIZE 6
#define FIELD_NAMESIZE 11

static size_t field(const char *header, int index)
{
    size_t value = 0;

    for (const char *c = header + 6 + 8 * index; c < header + 14 + 8 * index; c++)
        value = value * 16 + (size_t)(*c <= '9' ? *c - '0' : (*c | 0x20) - 'a' + 10);
    return value;
}

void inode_seed(const char *archive)
{
    for (const char *at = archive; memcmp(at, "070701", 6) == 0;) {
        size_t head = (HEADER_SIZE + field(at, FIELD_NAMESIZE) + 3) & ~3ul;
        size_t size = field(at, FIELD_FILESIZE);
        struct inode *inode;

        if (strcmp(at + HEADER_SIZE, "TRAILER!!!") == 0)
            return;
        inode = inode_create(at + HEADER_SIZE);
        if (!inode)
            guest_die("no room for file %s of the archive", at + HEADER_SIZE);
        inode->memory = at + head;
        inode->size = size;
        at += head + ((size + 3) & ~3ul);
    }
}
