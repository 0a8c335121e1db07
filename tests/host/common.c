#include "common.h"

char *page;
seL4_CPtr page_cap;

void host_begin(void)
{
    page = page_alloc(&page_cap);
}

seL4_CPtr host_granted(seL4_Word kind, const char *name)
{
    const struct sel4ux_host_grant *grant = sel4ux_host_find(seL4_GetBootInfo(), kind, name);

    if (grant == 0)
        guest_die("nothing granted is called %s", name);
    return grant->slot;
}

struct sel4ux_host_buffer bytes(seL4_Word length)
{
    return (struct sel4ux_host_buffer){page_cap, 0, length};
}

struct sel4ux_host_buffer text_at(const char *text)
{
    memcpy(page, text, strlen(text));
    return bytes(strlen(text));
}

struct sel4ux_host_slot new_slot(seL4_CPtr *cap)
{
    *cap = slot_alloc();
    return (struct sel4ux_host_slot){ROOT, *cap, DEPTH};
}

static const char *const errors[SEL4UX_HOST_ERROR_COUNT] = {
    [SEL4UX_HOST_AGAIN] = "not now",
    [SEL4UX_HOST_NOT_FOUND] = "not found",
    [SEL4UX_HOST_EXISTS] = "exists",
    [SEL4UX_HOST_NOT_PERMITTED] = "not permitted",
    [SEL4UX_HOST_NOT_DIRECTORY] = "not a directory",
    [SEL4UX_HOST_IS_DIRECTORY] = "is a directory",
    [SEL4UX_HOST_NOT_EMPTY] = "not empty",
    [SEL4UX_HOST_BAD_PATH] = "bad path",
    [SEL4UX_HOST_BAD_ARGUMENT] = "bad argument",
    [SEL4UX_HOST_NO_SPACE] = "no space",
    [SEL4UX_HOST_TOO_LARGE] = "too large",
    [SEL4UX_HOST_TOO_MANY] = "too many",
    [SEL4UX_HOST_BUSY] = "busy",
    [SEL4UX_HOST_CLOSED] = "closed",
    [SEL4UX_HOST_REFUSED] = "refused",
    [SEL4UX_HOST_UNREACHABLE] = "unreachable",
    [SEL4UX_HOST_NOT_SUPPORTED] = "not supported",
    [SEL4UX_HOST_IO] = "I/O error",
};

static char *put_number(char *at, unsigned long n)
{
    char digits[24];
    int count = 0;

    do {
        digits[count++] = (char)('0' + n % 10);
        n /= 10;
    } while (n != 0);
    while (count > 0)
        *at++ = digits[--count];
    *at = '\0';
    return at;
}

const char *result_text(long result)
{
    static char text[40];

    if (result <= -(long)SEL4UX_HOST_REFUSED_BY_KERNEL)
        return error_text(sel4ux_host_kernel_error(result));
    if (result < 0)
        return -result < SEL4UX_HOST_ERROR_COUNT ? errors[-result] : "an unknown error";
    memcpy(text, "ok ", 3);
    put_number(text + 3, (unsigned long)result);
    return text;
}

long show(const char *what, long result)
{
    guest_printf("%s: %s\n", what, result_text(result));
    return result;
}

seL4_CPtr open_shown(seL4_CPtr directory, const char *path, seL4_Word flags)
{
    seL4_CPtr cap;
    struct sel4ux_host_slot slot = new_slot(&cap);
    long result = sel4ux_host_open(directory, text_at(path), slot, flags);

    guest_printf("open %s: %s\n", path, result_text(result));
    return result < 0 ? 0 : cap;
}
