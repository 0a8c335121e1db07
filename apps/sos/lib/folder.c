/* Going through folders, see sos.h. */
#include "sos.h"

#define SOME_BYTES 4096

static void call_each(const struct sos_entry *entry,
                      void (*each)(const struct sos_entry *entry, const char *name))
{
    char name[SOS_PATH_MAX];
    size_t length = entry->name_length < sizeof(name) ? entry->name_length : sizeof(name) - 1;

    memcpy(name, entry->name, length);
    name[length] = 0;
    each(entry, name);
}

long sos_each(const char *folder, void (*each)(const struct sos_entry *entry, const char *name))
{
    unsigned long some[SOME_BYTES / sizeof(unsigned long)];
    long fd = sos_open(folder, SOS_O_READ | SOS_O_FOLDER), n;

    if (fd < 0)
        return fd;
    while ((n = sos_list(fd, (struct sos_entry *)some, sizeof(some))) > 0) {
        for (const char *at = (const char *)some; at < (const char *)some + n;
             at += ((const struct sos_entry *)at)->length)
            call_each((const struct sos_entry *)at, each);
    }
    sos_close(fd);
    return n;
}
