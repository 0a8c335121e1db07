/*
 * Reading an archive in the "newc" format of cpio: a header of ASCII hexadecimal fields, the name
 * and the content, each padded to four bytes, up to a file named TRAILER!!!.
 */
#include "guest.h"

#define HEADER_SIZE    110
#define FIELD_FILESIZE 6
#define FIELD_NAMESIZE 11

static size_t field(const char *header, int index)
{
    const char *digits = header + 6 + 8 * index;
    size_t value = 0;

    for (int i = 0; i < 8; i++) {
        char c = digits[i];

        value = value * 16 + (size_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static size_t padded(size_t bytes)
{
    return (bytes + 3) & ~(size_t)3;
}

const void *archive_find(const void *archive, const char *name, size_t *size)
{
    const char *at = archive;

    for (;;) {
        const char *file_name = at + HEADER_SIZE;
        const char *content = at + padded(HEADER_SIZE + field(at, FIELD_NAMESIZE));

        if (memcmp(at, "070701", 6) != 0 || strcmp(file_name, "TRAILER!!!") == 0)
            return NULL;
        if (strcmp(file_name, name) == 0) {
            *size = field(at, FIELD_FILESIZE);
            return content;
        }
        at = content + padded(field(at, FIELD_FILESIZE));
    }
}
