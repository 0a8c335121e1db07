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

static bool lies_in_folder(const char *name)
{
    while (*name && *name != '/')
        name++;
    return *name;
}

void inode_seed(const char *archive)
{
    for (const char *at = archive; memcmp(at, "070701", 6) == 0;) {
        size_t head = (HEADER_SIZE + field(at, FIELD_NAMESIZE) + 3) & ~3ul;
        size_t size = field(at, FIELD_FILESIZE);
        const char *name = at + HEADER_SIZE;
        struct inode *inode;

        if (strcmp(name, "TRAILER!!!") == 0)
            return;
        if (!lies_in_folder(name)) {
            if (inode_open(name, SOS_O_CREATE, &inode))
                guest_die("no room for file %s of the archive", name);
            inode->memory = at + head;
            inode->size = size;
        }
        at += head + ((size + 3) & ~3ul);
    }
}
