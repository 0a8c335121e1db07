/* Output and texts of programs, see sos.h. */
#include "sos.h"

static char kept[512];
static size_t kept_bytes;

void sos_flush(void)
{
    sos_write(SOS_STDOUT, kept, kept_bytes);
    kept_bytes = 0;
}

static void keep(char c)
{
    kept[kept_bytes++] = c;
    if (c == '\n' || kept_bytes == sizeof(kept))
        sos_flush();
}

void (*guest_putchar)(char c) = keep;

const char *sos_error(long error)
{
    static const char *const texts[] = {
        [SOS_EFAULT] = "bad address",
        [SOS_EINVAL] = "bad argument",
        [SOS_ENOENT] = "no such thing",
        [SOS_EBADF] = "bad file number",
        [SOS_EACCES] = "not permitted for this file",
        [SOS_ENOMEM] = "out of memory",
        [SOS_EPIPE] = "broken pipe",
        [SOS_EEXEC] = "not a program",
        [SOS_ECHILD] = "no such child",
        [SOS_EPERM] = "not permitted",
        [SOS_ENOSYS] = "no such system call",
        [SOS_EEXIST] = "exists",
        [SOS_ENOTDIR] = "not a folder",
        [SOS_EISDIR] = "a folder",
        [SOS_ENOTEMPTY] = "not empty",
        [SOS_EIO] = "the host fails",
        [SOS_EAGAIN] = "would have to wait",
        [SOS_EREFUSED] = "connection refused",
        [SOS_EUNREACH] = "unreachable",
        [SOS_EBUSY] = "in use",
    };
    unsigned long index = (unsigned long)-error;

    return index < sizeof(texts) / sizeof(texts[0]) && texts[index] ? texts[index] : "ok";
}

int sos_fail(const char *what, long error)
{
    guest_printf("%s: %s\n", what, sos_error(error));
    return 1;
}

bool sos_number(const char *text, unsigned long *number)
{
    *number = 0;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9')
            return false;
        *number = *number * 10 + (unsigned long)(*c - '0');
    }
    return *text != 0;
}

void sos_column(const char *text, size_t width)
{
    guest_printf("%s", text);
    for (size_t n = strlen(text); n < width; n++)
        guest_printf(" ");
}
