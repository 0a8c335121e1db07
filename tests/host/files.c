/*
 * Files and directories below a granted folder: everything that works. The test has put "greeting"
 * and the directory "inner" there.
 */
#include "common.h"

static seL4_CPtr work;

static void show_status(const char *what, long result, const struct sel4ux_host_status *s)
{
    static const char *const kinds[] = {"other", "directory", "file", "block"};

    if (result < 0)
        show(what, result);
    else
        guest_printf("%s: %s of %lu bytes, %s%s\n", what, kinds[s->kind & 3],
                     s->kind == SEL4UX_HOST_DIRECTORY ? 0 : s->size,
                     s->writable ? "writable" : "read-only",
                     s->modified > 1000000000ul * 1000000000ul ? "" : ", of no date");
}

static void show_status_of(const char *path)
{
    struct sel4ux_host_status status;
    long result = sel4ux_host_stat_path(work, text_at(path), &status);

    show_status(path, result, &status);
}

static void read_greeting(void)
{
    seL4_CPtr file = open_shown(work, "greeting", 0);
    struct sel4ux_host_status status;
    long n = sel4ux_host_read(file, bytes(100), 0);

    page[n < 0 ? 0 : n] = '\0';
    guest_printf("it says %s", page);
    show_status("the open file", sel4ux_host_stat(file, &status), &status);
    show("read at the end", sel4ux_host_read(file, bytes(100), 14));
    show("read behind it", sel4ux_host_read(file, bytes(100), 1000000));
    show("read nothing", sel4ux_host_read(file, bytes(0), 0));
    show("write to what was opened for reading", sel4ux_host_write(file, bytes(3), 0));
    must("delete", cap_delete(file));
    show("read with no capability", sel4ux_host_read(file, bytes(100), 0));
}

static void write_file(void)
{
    seL4_CPtr file =
        open_shown(work, "inner/made", SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE);
    struct sel4ux_host_buffer part = {page_cap, 2000, 10};

    memcpy(page + 2000, "0123456789", 10);
    show("write", sel4ux_host_write(file, part, 0));
    show("write further on", sel4ux_host_write(file, part, 20));
    show("sync", sel4ux_host_sync(file));
    show_status_of("inner/made");
    show("shorten", sel4ux_host_truncate(file, 25));
    memset(page, '#', 40);
    show("read", sel4ux_host_read(file, bytes(40), 0));
    for (int i = 0; i < 32; i++)
        guest_printf("%c", page[i] == 0 ? '.' : page[i]);
    guest_printf("\n");
    must("delete", cap_delete(file));
    file = open_shown(work, "inner/made", SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_TRUNCATE);
    show_status_of("inner/made");
    must("delete", cap_delete(file));
    open_shown(work, "inner/made",
               SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE | SEL4UX_HOST_OPEN_EXCLUSIVE);
}

/* In the order of the host, so the test compares them as a set. */
static void list(seL4_CPtr directory, const char *what, seL4_Word room)
{
    seL4_Word cookie = 0;
    long n;

    while ((n = sel4ux_host_list(directory, bytes(room), &cookie)) > 0) {
        for (long at = 0; at < n;) {
            const struct sel4ux_host_entry *e = (const struct sel4ux_host_entry *)(page + at);

            guest_printf("%s has %s ", what,
                         e->kind == SEL4UX_HOST_DIRECTORY ? "directory"
                         : e->kind == SEL4UX_HOST_FILE    ? "file"
                                                          : "other");
            for (unsigned i = 0; i < e->name_length; i++)
                guest_printf("%c", e->name[i]);
            guest_printf("\n");
            at += e->length;
        }
    }
    show("end of list", n);
}

static void change_names(void)
{
    static const char both[] = "inner/madeinner/renamed";
    seL4_CPtr inner;

    show("rename", sel4ux_host_rename(work, text_at(both), 10));
    show("make directory", sel4ux_host_make_directory(work, text_at("inner/deep")));
    show("make it again", sel4ux_host_make_directory(work, text_at("inner/deep")));
    inner = open_shown(work, "inner", SEL4UX_HOST_OPEN_DIRECTORY | SEL4UX_HOST_OPEN_WRITE);
    list(inner, "inner", 4096);
    list(inner, "inner", 40);
    list(inner, "inner", 8);
    show("remove a directory that is not empty", sel4ux_host_remove(work, text_at("inner")));
    show("remove a file", sel4ux_host_remove(inner, text_at("renamed")));
    show("remove a directory", sel4ux_host_remove(inner, text_at("deep")));
    show("remove it again", sel4ux_host_remove(inner, text_at("deep")));
    show("sync", sel4ux_host_sync(inner));
}

/* 2 MiB at once, and their sum. */
static void move_much(void)
{
    seL4_CPtr large = object_alloc(seL4_X86_LargePageObject, 0), file;
    unsigned long *words = vspace_reserve(2ul << 20), sum = 0;
    struct sel4ux_host_buffer all = {large, 0, 2ul << 20};
    const unsigned long count = (2ul << 20) / sizeof *words;

    must("map", vspace_map(OWN_VSPACE, large, (seL4_Word)words, seL4_AllRights));
    for (unsigned long i = 0; i < count; i++)
        words[i] = i * 0x9e3779b97f4a7c15ul;
    file = open_shown(work, "large", SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE);
    show("write", sel4ux_host_write(file, all, 4096));
    memset(words, 0, 2ul << 20);
    show("read", sel4ux_host_read(file, all, 4096));
    for (unsigned long i = 0; i < count; i++)
        sum += words[i] - i * 0x9e3779b97f4a7c15ul;
    guest_printf("difference: %lu\n", sum);
    show("remove", sel4ux_host_remove(work, text_at("large")));
}

static void show_random(void)
{
    seL4_CPtr random = host_granted(SEL4UX_HOST_RANDOM, 0);
    unsigned zeroes = 0;

    memset(page, 0, 1024);
    show("random", sel4ux_host_read(random, bytes(1001), 0));
    for (int i = 0; i < 1001; i++)
        zeroes += page[i] == 0;
    guest_printf("%s zeroes, and %d beyond\n", zeroes < 40 ? "few" : "many", page[1001]);
}

int main(void)
{
    seL4_Word kind, writable, detail[2];

    host_begin();
    work = host_granted(SEL4UX_HOST_DIRECTORY, "work");
    show("identify", sel4ux_host_identify(work, &kind, &writable, detail));
    guest_printf("kind %lu, %s\n", kind, writable ? "writable" : "read-only");
    show_status_of("greeting");
    show_status_of("inner");
    show_status_of("inner/../greeting");
    read_greeting();
    write_file();
    change_names();
    move_much();
    show_random();
    list(work, "work", 4096);
    guest_exit();
}
