/*
 * Names below a directory. Linux itself keeps every look-up inside it (openat2, RESOLVE_BENEATH):
 * neither "..", nor a link, nor a directory that is moved meanwhile leads out.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostio/hostio.h"

#define CREATE_MODE 0666
#define TRIES       8 /* a look-up with ".." while something is renamed has to be done anew */

int64_t hostio_path_take(struct hostio_path *path, const char *bytes, size_t size)
{
    if (size == 0 || size > SEL4UX_HOST_PATH_MAX || bytes == NULL || bytes[0] == '/' ||
        memchr(bytes, '\0', size) != NULL)
        return -SEL4UX_HOST_BAD_PATH;
    memcpy(path->text, bytes, size);
    path->text[size] = '\0';
    return 0;
}

int64_t hostio_path_open(int directory, const struct hostio_path *path, int flags)
{
    struct open_how how = {
        .flags = (uint64_t)flags | O_CLOEXEC,
        .mode = (flags & O_CREAT) ? CREATE_MODE : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    long fd;
    int tries = 0;

    do {
        fd = syscall(SYS_openat2, directory, path->text, &how, sizeof how);
    } while (fd < 0 && (errno == EAGAIN || errno == EINTR) && ++tries < TRIES);
    if (fd >= 0)
        return fd;
    return errno == EAGAIN ? -SEL4UX_HOST_BUSY : hostio_error(errno);
}

static bool is_name(const char *name)
{
    return name[0] != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

int64_t hostio_path_parent(int directory, struct hostio_path *path, const char **name)
{
    static const struct hostio_path here = {"."};
    size_t length = strlen(path->text);
    char *slash;

    while (length > 1 && path->text[length - 1] == '/')
        path->text[--length] = '\0';
    slash = strrchr(path->text, '/');
    *name = slash != NULL ? slash + 1 : path->text;
    if (!is_name(*name))
        return -SEL4UX_HOST_BAD_PATH;
    if (slash != NULL)
        *slash = '\0';
    return hostio_path_open(directory, slash != NULL ? path : &here, O_PATH | O_DIRECTORY);
}
