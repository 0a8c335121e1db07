/*
 * Directories: opening and listing what lies below, and changing names. Only files and directories
 * are ever opened: opening a device or a FIFO may do something by itself.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostio/files.h"

#define ALL_FLAGS                                                                                  \
    (SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE | SEL4UX_HOST_OPEN_EXCLUSIVE |               \
     SEL4UX_HOST_OPEN_TRUNCATE | SEL4UX_HOST_OPEN_DIRECTORY)
#define NEED_WRITE                                                                                 \
    (SEL4UX_HOST_OPEN_CREATE | SEL4UX_HOST_OPEN_EXCLUSIVE | SEL4UX_HOST_OPEN_TRUNCATE)

static int64_t take_path(struct hostio_call *call, struct hostio_path *path)
{
    return hostio_path_take(path, call->buffer, call->request->size);
}

/* ------------------------------------------------------------------ opening */

static bool are_flags(uint64_t flags)
{
    if ((flags & ~(uint64_t)ALL_FLAGS) ||
        ((flags & NEED_WRITE) && !(flags & SEL4UX_HOST_OPEN_WRITE)))
        return false;
    if ((flags & SEL4UX_HOST_OPEN_EXCLUSIVE) && !(flags & SEL4UX_HOST_OPEN_CREATE))
        return false;
    return !(flags & SEL4UX_HOST_OPEN_DIRECTORY) || !(flags & NEED_WRITE);
}

/* Whether what is there may be opened: `wanted` is FILE or DIRECTORY. */
static int64_t check_kind(int fd, uint32_t wanted)
{
    struct stat s;
    uint32_t kind;

    if (fstat(fd, &s) != 0)
        return hostio_error(errno);
    kind = files_kind(&s);
    if (kind == wanted)
        return 0;
    if (kind == SEL4UX_HOST_NONE)
        return -SEL4UX_HOST_NOT_SUPPORTED;
    return wanted == SEL4UX_HOST_FILE ? -SEL4UX_HOST_IS_DIRECTORY : -SEL4UX_HOST_NOT_DIRECTORY;
}

/* Looks without opening. That it can have changed before it is opened is why that looks again. */
static int64_t look(int directory, const struct hostio_path *path, uint32_t wanted)
{
    int64_t fd = hostio_path_open(directory, path, O_PATH), result;

    if (fd < 0)
        return fd;
    result = check_kind((int)fd, wanted);
    close((int)fd);
    return result;
}

static int64_t open_file(int directory, const struct hostio_path *path, uint64_t flags)
{
    int how = O_NONBLOCK | O_NOCTTY | ((flags & SEL4UX_HOST_OPEN_WRITE) ? O_RDWR : O_RDONLY);
    bool creates = flags & SEL4UX_HOST_OPEN_CREATE;
    int64_t result = look(directory, path, SEL4UX_HOST_FILE), fd;

    if (result != 0 && !(creates && result == -SEL4UX_HOST_NOT_FOUND))
        return result == -SEL4UX_HOST_NOT_SUPPORTED && (flags & SEL4UX_HOST_OPEN_EXCLUSIVE)
                   ? -SEL4UX_HOST_EXISTS
                   : result;
    if (creates)
        how |= O_CREAT | ((flags & SEL4UX_HOST_OPEN_EXCLUSIVE) ? O_EXCL : 0);
    fd = hostio_path_open(directory, path, how);
    if (fd < 0)
        return fd;
    result = check_kind((int)fd, SEL4UX_HOST_FILE);
    if (result == 0 && (flags & SEL4UX_HOST_OPEN_TRUNCATE) && ftruncate((int)fd, 0) != 0)
        result = hostio_error(errno);
    if (result == 0)
        return fd;
    close((int)fd);
    return result;
}

static const struct hostio_ops directory_ops;

static int64_t directory_open(struct hostio_object *o, struct hostio_call *call)
{
    uint64_t flags = call->request->argument[0];
    bool writes = flags & SEL4UX_HOST_OPEN_WRITE;
    struct hostio_path path;
    int64_t result = take_path(call, &path), fd;

    if (result != 0)
        return result;
    if (!are_flags(flags))
        return -SEL4UX_HOST_BAD_ARGUMENT;
    if (writes && !o->writable)
        return -SEL4UX_HOST_NOT_PERMITTED;
    if (flags & SEL4UX_HOST_OPEN_DIRECTORY)
        fd = hostio_path_open(o->fd, &path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    else
        fd = open_file(o->fd, &path, flags);
    if (fd < 0)
        return fd;
    if (flags & SEL4UX_HOST_OPEN_DIRECTORY)
        hostio_make(call, SEL4UX_HOST_DIRECTORY, &directory_ops, (int)fd, writes);
    else
        hostio_make(call, SEL4UX_HOST_FILE, &hostio_file, (int)fd, writes);
    return 0;
}

/* ------------------------------------------------------------------ looking */

static int64_t directory_status(struct hostio_object *o, struct hostio_call *call)
{
    struct stat s;

    if (fstat(o->fd, &s) != 0)
        return hostio_error(errno);
    files_status(&s, SEL4UX_HOST_DIRECTORY, o->writable, call->request);
    return 0;
}

static int64_t directory_status_of(struct hostio_object *o, struct hostio_call *call)
{
    struct hostio_path path;
    struct stat s;
    int64_t result = take_path(call, &path), fd;

    if (result != 0)
        return result;
    fd = hostio_path_open(o->fd, &path, O_PATH);
    if (fd < 0)
        return fd;
    if (fstat((int)fd, &s) != 0)
        result = hostio_error(errno);
    else
        files_status(&s, files_kind(&s), o->writable, call->request);
    close((int)fd);
    return result;
}

/* As Linux has it, and as the guest gets it (struct sel4ux_host_entry). */
struct linux_entry {
    uint64_t inode;
    int64_t next;
    uint16_t length;
    uint8_t type;
    char name[];
};

struct entry {
    uint64_t kind, size, modified;
    uint16_t length, name_length;
    char name[];
};

/* Adds the entry at `at` of the buffer; its size, 0 if it does not fit. */
static size_t put_entry(int directory, const struct linux_entry *from, char *at, size_t room)
{
    size_t name = strlen(from->name), length = (offsetof(struct entry, name) + name + 7) & ~7ul;
    struct host_request status = {.value = {SEL4UX_HOST_NONE}};
    struct entry head = {.length = (uint16_t)length, .name_length = (uint16_t)name};
    struct stat s;

    if (length > room)
        return 0;
    if (fstatat(directory, from->name, &s, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0)
        files_status(&s, files_kind(&s), false, &status);
    head.kind = status.value[0];
    head.size = status.value[1];
    head.modified = status.value[2];
    memset(at, 0, length);
    memcpy(at, &head, offsetof(struct entry, name));
    memcpy(at + offsetof(struct entry, name), from->name, name);
    return length;
}

static bool is_listed(const struct linux_entry *e)
{
    return strcmp(e->name, ".") != 0 && strcmp(e->name, "..") != 0;
}

/* As many of the `size` bytes that Linux gave as fit. False: the buffer is full. */
static bool take_entries(int directory, const char *from, size_t size, struct hostio_call *call,
                         size_t *used)
{
    for (size_t at = 0; at < size;) {
        const struct linux_entry *e = (const struct linux_entry *)(from + at);
        size_t length = 0;

        if (is_listed(e)) {
            length =
                put_entry(directory, e, (char *)call->buffer + *used, call->request->size - *used);
            if (length == 0)
                return false;
        }
        *used += length;
        call->request->value[0] = (uint64_t)e->next;
        at += e->length;
    }
    return true;
}

static int64_t directory_list(struct hostio_object *o, struct hostio_call *call)
{
    _Alignas(8) char entries[8192];
    uint64_t cookie = call->request->argument[0];
    size_t used = 0;
    long n;

    if (call->request->buffer % 8 != 0 || cookie > INT64_MAX ||
        lseek(o->fd, (off_t)cookie, SEEK_SET) < 0)
        return -SEL4UX_HOST_BAD_ARGUMENT;
    call->request->value[0] = cookie;
    do {
        n = syscall(SYS_getdents64, o->fd, entries, sizeof entries);
        if (n < 0)
            return hostio_error(errno);
    } while (n > 0 && take_entries(o->fd, entries, (size_t)n, call, &used));
    return n > 0 && used == 0 ? -SEL4UX_HOST_TOO_LARGE : (int64_t)used;
}

/* ------------------------------------------------------------------ changing */

/* Calls `apply` with the folder that the request's path lies in, and the name there. */
static int64_t change(struct hostio_object *o, struct hostio_call *call,
                      int (*apply)(int folder, const char *name))
{
    struct hostio_path path;
    const char *name;
    int64_t result = take_path(call, &path), folder;

    if (result != 0)
        return result;
    if (!o->writable)
        return -SEL4UX_HOST_NOT_PERMITTED;
    folder = hostio_path_parent(o->fd, &path, &name);
    if (folder < 0)
        return folder;
    result = apply((int)folder, name) != 0 ? hostio_error(errno) : 0;
    close((int)folder);
    return result;
}

static int make_directory(int folder, const char *name)
{
    return mkdirat(folder, name, 0777);
}

static int remove_name(int folder, const char *name)
{
    int result = unlinkat(folder, name, 0);

    if (result != 0 && (errno == EISDIR || errno == EPERM))
        result = unlinkat(folder, name, AT_REMOVEDIR);
    return result;
}

static int64_t directory_make(struct hostio_object *o, struct hostio_call *call)
{
    return change(o, call, make_directory);
}

static int64_t directory_remove(struct hostio_object *o, struct hostio_call *call)
{
    return change(o, call, remove_name);
}

static int64_t rename_between(int directory, struct hostio_path *from, struct hostio_path *to)
{
    const char *old, *new;
    int64_t first = hostio_path_parent(directory, from, &old), second, result;

    if (first < 0)
        return first;
    second = hostio_path_parent(directory, to, &new);
    if (second < 0) {
        close((int)first);
        return second;
    }
    result = renameat((int)first, old, (int)second, new) != 0 ? hostio_error(errno) : 0;
    close((int)first);
    close((int)second);
    return result;
}

static int64_t directory_rename(struct hostio_object *o, struct hostio_call *call)
{
    struct host_request *r = call->request;
    struct hostio_path from, to;
    uint64_t first = r->argument[0];

    if (first > r->size)
        return -SEL4UX_HOST_BAD_ARGUMENT;
    if (hostio_path_take(&from, call->buffer, first) != 0 ||
        hostio_path_take(&to, (const char *)call->buffer + first, r->size - first) != 0)
        return -SEL4UX_HOST_BAD_PATH;
    if (!o->writable)
        return -SEL4UX_HOST_NOT_PERMITTED;
    return rename_between(o->fd, &from, &to);
}

static const struct hostio_ops directory_ops = {
    .events = hostio_always,
    .perform =
        {
            [HOSTIO_OP(OPEN)] = directory_open,
            [HOSTIO_OP(STAT)] = directory_status,
            [HOSTIO_OP(STAT_PATH)] = directory_status_of,
            [HOSTIO_OP(LIST)] = directory_list,
            [HOSTIO_OP(MAKE_DIRECTORY)] = directory_make,
            [HOSTIO_OP(REMOVE)] = directory_remove,
            [HOSTIO_OP(RENAME)] = directory_rename,
            [HOSTIO_OP(SYNC)] = files_sync,
        },
};

int files_open_directory(struct hostio_object *o, const struct hostio_spec *spec, struct error *err)
{
    static const struct hostio_path here = {"."};
    int64_t probe;

    o->fd = open(spec->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (o->fd < 0) {
        if (errno == ENOENT)
            error_set(err, "there is no such folder");
        else
            error_errno(err, errno, "can't be opened");
        return -EINVAL;
    }
    probe = hostio_path_open(o->fd, &here, O_PATH);
    if (probe < 0) {
        error_set(err, "this Linux can't keep paths inside a folder (openat2, Linux 5.6)");
        return -ENOTSUP;
    }
    close((int)probe);
    o->ops = &directory_ops;
    return 0;
}
