/*
 * One of the processes of files.h. A unit: its source is read, headers are looked for on a search
 * path and read, what was read is worked on, and an object file is written under another name and
 * renamed.
 */
#include "files.h"

static struct client files;
static char name[] = "p0/unit00.c", object[] = "p0/unit00.o", temporary[] = "p0/new";
static char text[FILES_SOURCE];

static void check(long result)
{
    if (result < 0)
        guest_die("a request fails: %s", server_error_text(result));
}

static unsigned long work(unsigned long hash, long bytes)
{
    for (long i = 0; i < bytes; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
    return hash;
}

static unsigned long read_all(const char *path, unsigned long hash)
{
    struct sel4ux_host_status status;
    long file = file_open(&files, path, 0), n;

    check(file);
    check(file_stat(&files, file, &status));
    while ((n = file_read(&files, file, text, sizeof(text))) > 0)
        hash = work(hash, n);
    check(n);
    check(file_close(&files, file));
    return hash;
}

static unsigned long include(unsigned long hash)
{
    char path[] = "include/h00";
    struct sel4ux_host_status status;

    for (int h = 0; h < FILES_HEADERS; h++) {
        path[9] = (char)('0' + h / 10);
        path[10] = (char)('0' + h % 10);
        if (file_stat_path(&files, path, &status) == 0)
            hash = read_all(path, hash);
    }
    return hash;
}

static void compile(int unit)
{
    unsigned long hash;
    long file;

    name[7] = object[7] = (char)('0' + unit / 10);
    name[8] = object[8] = (char)('0' + unit % 10);
    hash = include(read_all(name, 0));
    for (size_t i = 0; i + sizeof(hash) <= FILES_OBJECT; i += sizeof(hash))
        memcpy(text + i, &hash, sizeof(hash));
    file = file_open(&files, temporary,
                     SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE | SEL4UX_HOST_OPEN_TRUNCATE);
    check(file);
    if (file_write(&files, file, text, FILES_OBJECT) != FILES_OBJECT)
        guest_die("an object file is not written");
    check(file_close(&files, file));
    check(file_rename(&files, temporary, object));
}

int main(void)
{
    files = client_session(0, SERVER_BUFFER_MAX);
    for (;;) {
        seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(FILES_READY, 0, 0, 0));
        name[1] = object[1] = temporary[1] = (char)('0' + seL4_GetMR(0));
        for (int unit = 0; unit < FILES_UNITS; unit++)
            compile(unit);
    }
}
