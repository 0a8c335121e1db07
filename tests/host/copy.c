/*
 * Copies "from" to "to", 2 MiB at a time, and prints a checksum of what it read and of what it
 * finds in the copy: FNV-1a over words.
 */
#include "common.h"

#define PIECE (2ul << 20)

static unsigned long *words;
static seL4_CPtr large;

static struct sel4ux_host_buffer piece(seL4_Word length)
{
    return (struct sel4ux_host_buffer){large, 0, length};
}

static unsigned long add_words(unsigned long sum, long size)
{
    char *end = (char *)words + size;

    memset(end, 0, -(unsigned long)size % sizeof *words);
    for (long i = 0; i * (long)sizeof *words < size; i++)
        sum = (sum ^ words[i]) * 0x100000001b3ul;
    return sum;
}

static void pass(const char *what, seL4_CPtr from, seL4_CPtr to)
{
    unsigned long sum = 0xcbf29ce484222325ul, position = 0;
    long n;

    while ((n = sel4ux_host_read(from, piece(PIECE), position)) > 0) {
        sum = add_words(sum, n);
        for (long done = 0, some; to != 0 && done < n; done += some) {
            struct sel4ux_host_buffer rest = {large, (seL4_Word)done, (seL4_Word)(n - done)};

            some = sel4ux_host_write(to, rest, position + (seL4_Word)done);
            if (some <= 0)
                guest_die("write: %s", result_text(some));
        }
        position += (seL4_Word)n;
    }
    if (n < 0)
        show(what, n);
    guest_printf("%s: %lu bytes, sum %lx\n", what, position, sum);
}

int main(void)
{
    seL4_CPtr work, from, to;

    host_begin();
    work = host_granted(SEL4UX_HOST_DIRECTORY, "work");
    large = object_alloc(seL4_X86_LargePageObject, 0);
    words = vspace_reserve(PIECE);
    must("map", vspace_map(OWN_VSPACE, large, (seL4_Word)words, seL4_AllRights));
    from = open_shown(work, "from", 0);
    to = open_shown(work, "to",
                    SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE | SEL4UX_HOST_OPEN_TRUNCATE);
    pass("from", from, to);
    show("sync", sel4ux_host_sync(to));
    pass("to", to, 0);
    guest_exit();
}
