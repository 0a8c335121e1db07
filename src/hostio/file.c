/*
 * Open files, and block devices: files whose size is fixed, which `number[0]` holds. Bytes go
 * straight between the host's page cache and guest memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostio/files.h"

#define NS_PER_S 1000000000ull

void files_status(const struct stat *s, uint32_t kind, bool writable, struct host_request *request)
{
    request->value[0] = kind;
    request->value[1] = (uint64_t)s->st_size;
    request->value[2] = (uint64_t)s->st_mtim.tv_sec * NS_PER_S + (uint64_t)s->st_mtim.tv_nsec;
    request->value[3] = writable;
}

uint32_t files_kind(const struct stat *s)
{
    if (S_ISDIR(s->st_mode))
        return SEL4UX_HOST_DIRECTORY;
    return S_ISREG(s->st_mode) ? SEL4UX_HOST_FILE : SEL4UX_HOST_NONE;
}

static bool is_position(uint64_t position, uint64_t size)
{
    return position <= INT64_MAX - size;
}

static int64_t file_read(struct hostio_object *o, struct hostio_call *call)
{
    const struct host_request *r = call->request;
    ssize_t n;

    if (!is_position(r->argument[0], r->size))
        return -SEL4UX_HOST_BAD_ARGUMENT;
    n = pread(o->fd, call->buffer, r->size, (off_t)r->argument[0]);
    return n < 0 ? hostio_error(errno) : n;
}

static int64_t file_write(struct hostio_object *o, struct hostio_call *call)
{
    const struct host_request *r = call->request;
    ssize_t n;

    if (!o->writable)
        return -SEL4UX_HOST_NOT_PERMITTED;
    if (!is_position(r->argument[0], r->size))
        return -SEL4UX_HOST_TOO_LARGE;
    n = pwrite(o->fd, call->buffer, r->size, (off_t)r->argument[0]);
    return n < 0 ? hostio_error(errno) : n;
}

static int64_t file_status(struct hostio_object *o, struct hostio_call *call)
{
    struct stat s;

    if (fstat(o->fd, &s) != 0)
        return hostio_error(errno);
    files_status(&s, SEL4UX_HOST_FILE, o->writable, call->request);
    return 0;
}

static int64_t file_truncate(struct hostio_object *o, struct hostio_call *call)
{
    if (!o->writable)
        return -SEL4UX_HOST_NOT_PERMITTED;
    if (call->request->argument[0] > INT64_MAX)
        return -SEL4UX_HOST_TOO_LARGE;
    return ftruncate(o->fd, (off_t)call->request->argument[0]) != 0 ? hostio_error(errno) : 0;
}

int64_t files_sync(struct hostio_object *o, struct hostio_call *call)
{
    (void)call;
    return fsync(o->fd) != 0 ? hostio_error(errno) : 0;
}

const struct hostio_ops hostio_file = {
    .events = hostio_always,
    .perform =
        {
            [HOSTIO_OP(READ)] = file_read,
            [HOSTIO_OP(WRITE)] = file_write,
            [HOSTIO_OP(STAT)] = file_status,
            [HOSTIO_OP(TRUNCATE)] = file_truncate,
            [HOSTIO_OP(SYNC)] = files_sync,
        },
};

/* ------------------------------------------------------------------ block devices */

/* What of [position, position + size) lies on the device. */
static void clip(const struct hostio_object *o, struct host_request *r)
{
    uint64_t left = r->argument[0] < o->number[0] ? o->number[0] - r->argument[0] : 0;

    if (r->size > left)
        r->size = left;
}

static int64_t block_read(struct hostio_object *o, struct hostio_call *call)
{
    clip(o, call->request);
    return call->request->size == 0 ? 0 : file_read(o, call);
}

static int64_t block_write(struct hostio_object *o, struct hostio_call *call)
{
    bool asked = call->request->size != 0;

    clip(o, call->request);
    if (asked && call->request->size == 0)
        return -SEL4UX_HOST_NO_SPACE;
    return file_write(o, call);
}

static int64_t block_status(struct hostio_object *o, struct hostio_call *call)
{
    int64_t result = file_status(o, call);

    call->request->value[0] = SEL4UX_HOST_BLOCK;
    call->request->value[1] = o->number[0];
    return result;
}

static const struct hostio_ops block = {
    .events = hostio_always,
    .perform =
        {
            [HOSTIO_OP(READ)] = block_read,
            [HOSTIO_OP(WRITE)] = block_write,
            [HOSTIO_OP(STAT)] = block_status,
            [HOSTIO_OP(SYNC)] = files_sync,
        },
};

static int find_size(struct hostio_object *o, struct error *err)
{
    struct stat s;

    if (fstat(o->fd, &s) != 0)
        return error_errno(err, errno, "can't be used");
    o->number[0] = (uint64_t)s.st_size;
    if (S_ISREG(s.st_mode) ||
        (S_ISBLK(s.st_mode) && ioctl(o->fd, BLKGETSIZE64, &o->number[0]) == 0))
        return 0;
    error_set(err, "is neither a file nor a block device");
    return -EINVAL;
}

int files_open_block(struct hostio_object *o, const struct hostio_spec *spec, struct error *err)
{
    int access = spec->writable ? O_RDWR : O_RDONLY;

    o->fd = open(spec->target, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (o->fd < 0) {
        error_errno(err, errno, "can't be opened");
        return -EINVAL;
    }
    o->ops = &block;
    return find_size(o, err);
}
