/*
 * A copy instead of a mapping: a file that shrinks while it is in use must not become a SIGBUS.
 */
#include "loader/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_kind(const struct stat *st, uint64_t limit, struct error *err)
{
    if (S_ISDIR(st->st_mode)) {
        error_set(err, "is a directory; give a file");
        return -EISDIR;
    }
    if (!S_ISREG(st->st_mode)) {
        error_set(err, "is not a regular file; copy it into one first");
        return -EINVAL;
    }
    if ((uint64_t)st->st_size > limit) {
        error_set(err, "has %" PRIu64 " bytes; the limit is %" PRIu64, (uint64_t)st->st_size,
                  limit);
        return -EFBIG;
    }
    return 0;
}

static int read_descriptor(int fd, size_t wanted, uint8_t **data, size_t *size, struct error *err)
{
    uint8_t *buffer = malloc(wanted + 1);
    size_t have = 0;

    if (!buffer) {
        return error_errno(err, ENOMEM, "cannot read");
    }
    while (have < wanted) {
        ssize_t n = read(fd, buffer + have, wanted - have);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            int errnum = errno;
            free(buffer);
            return error_errno(err, errnum, "cannot read");
        }
        if (n == 0) {
            break; /* it shrank: what is there now is what is judged */
        }
        have += (size_t)n;
    }
    buffer[have] = 0;
    *data = buffer;
    *size = have;
    return 0;
}

int file_read(const char *path, uint64_t limit, uint8_t **data, size_t *size, struct error *err)
{
    struct stat st;
    int fd, r;

    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return error_errno(err, errno, "cannot open");
    }
    if (fstat(fd, &st)) {
        r = error_errno(err, errno, "cannot stat");
    } else {
        r = check_kind(&st, limit, err);
    }
    if (!r) {
        r = read_descriptor(fd, (size_t)st.st_size, data, size, err);
    }
    close(fd);
    return r;
}

bool file_is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}
