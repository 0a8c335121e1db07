/*
 * What a guest may not do: paths that lead outside, frames and slots that it has no right to,
 * capabilities that are none, numbers that are too large. The test has put traps into the folder,
 * and a secret beside it.
 */
#include "common.h"

#define ANY_WRITE (SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE)

static seL4_CPtr work;

static void try_paths(void)
{
    static const char *const paths[] = {
        "",
        "/",
        "/etc/passwd",
        "..",
        "../secret",
        "inner/../../secret",
        "inner/../../../../../../../etc/passwd",
        "link-to-secret",
        "link-to-passwd",
        "link-to-root/etc/passwd",
        "link-up/secret",
        "link-to-proc/0",
        "link-loop",
        "fifo",
        "socket",
        "missing/secret",
        "greeting/secret",
        "link-to-greeting",
        "inner/../greeting",
    };
    struct sel4ux_host_status status;

    for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const char *path = paths[i];
        seL4_CPtr cap = open_shown(work, path, 0);

        if (cap == 0)
            cap = open_shown(work, path, SEL4UX_HOST_OPEN_WRITE);
        if (cap == 0)
            cap = open_shown(work, path, SEL4UX_HOST_OPEN_DIRECTORY);
        if (cap != 0)
            must("delete", cap_delete(cap));
        guest_printf("  status: %s\n",
                     result_text(sel4ux_host_stat_path(work, text_at(path), &status)));
    }
}

static long rename_to(const char *from, const char *to)
{
    memcpy(page, from, strlen(from));
    memcpy(page + strlen(from), to, strlen(to));
    return sel4ux_host_rename(work, bytes(strlen(from) + strlen(to)), strlen(from));
}

static void try_names(void)
{
    static const char *const paths[] = {
        "", "..", ".", "../new", "inner/..", "/newer", "/", "link-up/new", "link-to-root/new"};

    for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const char *path = paths[i];

        guest_printf("'%s': make %s, ", path,
                     result_text(sel4ux_host_make_directory(work, text_at(path))));
        guest_printf("remove %s, ", result_text(sel4ux_host_remove(work, text_at(path))));
        guest_printf("rename %s, ", result_text(rename_to("greeting", path)));
        guest_printf("from %s\n", result_text(rename_to(path, "taken")));
        open_shown(work, path, ANY_WRITE);
    }
    show("rename to the middle of nothing", sel4ux_host_rename(work, text_at("abc"), 4));
    memcpy(page, "gree\0ting", 9);
    show("a NUL", sel4ux_host_remove(work, bytes(9)));
    memset(page, 'a', 2048);
    show("a path of 1024", sel4ux_host_remove(work, bytes(1024)));
    show("a path of 1025", sel4ux_host_remove(work, bytes(1025)));
    show("a removed link", sel4ux_host_remove(work, text_at("link-to-secret")));
}

static void try_flags(void)
{
    static const seL4_Word flags[] = {
        SEL4UX_HOST_OPEN_CREATE,
        SEL4UX_HOST_OPEN_TRUNCATE,
        SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_EXCLUSIVE,
        SEL4UX_HOST_OPEN_DIRECTORY | ANY_WRITE,
        32,
        ~0ul,
    };
    seL4_CPtr cap;

    for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        guest_printf("flags %lx: ", flags[i]);
        open_shown(work, "greeting", flags[i]);
    }
    cap = open_shown(work, "greeting", SEL4UX_HOST_OPEN_WRITE);
    show("read at -1", sel4ux_host_read(cap, bytes(1), ~0ul));
    show("write at -1", sel4ux_host_write(cap, bytes(1), ~0ul));
    show("write at 2^63 - 1", sel4ux_host_write(cap, bytes(1), ~0ul >> 1));
    show("truncate to -1", sel4ux_host_truncate(cap, ~0ul));
    show("arm for what there is not", sel4ux_host_ack(cap, 8));
    must("delete", cap_delete(cap));
}

static void try_frames(void)
{
    seL4_CPtr file = open_shown(work, "greeting", SEL4UX_HOST_OPEN_WRITE);
    seL4_CPtr large = object_alloc(seL4_X86_LargePageObject, 0);
    seL4_CPtr read_only = cap_copy(page_cap, seL4_CanRead), none = cap_copy(page_cap, seL4_NoRead);
    static const struct {
        seL4_Word offset, length;
    } ranges[] = {{0, 4097}, {1, 4096}, {4096, 1}, {4097, 0}, {~0ul, 1}, {1, ~0ul}, {~0ul, ~0ul}};

    for (unsigned i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        struct sel4ux_host_buffer part = {page_cap, ranges[i].offset, ranges[i].length};

        guest_printf("%lx from %lx: ", ranges[i].length, ranges[i].offset);
        show("read", sel4ux_host_read(file, part, 0));
    }
    show("2 MiB and a byte",
         sel4ux_host_read(file, (struct sel4ux_host_buffer){large, 0, 2097153}, 0));
    show("into a frame to read",
         sel4ux_host_read(file, (struct sel4ux_host_buffer){read_only, 0, 4}, 0));
    show("from a frame to read",
         sel4ux_host_write(file, (struct sel4ux_host_buffer){read_only, 0, 4}, 0));
    show("from a frame not to read",
         sel4ux_host_write(file, (struct sel4ux_host_buffer){none, 0, 4}, 0));
    show("into a CNode", sel4ux_host_read(file, (struct sel4ux_host_buffer){ROOT, 0, 4}, 0));
    show("into a TCB", sel4ux_host_read(file, (struct sel4ux_host_buffer){OWN_TCB, 0, 4}, 0));
    show("into a file", sel4ux_host_read(file, (struct sel4ux_host_buffer){file, 0, 4}, 0));
    show("a list at an odd offset",
         sel4ux_host_list(work, (struct sel4ux_host_buffer){page_cap, 4, 1024}, &(seL4_Word){0}));
    show("a list from nowhere", sel4ux_host_list(work, bytes(1024), &(seL4_Word){~0ul}));
    must("delete", cap_delete(file));
}

static void try_slots(void)
{
    seL4_CPtr used = page_cap, cap;
    struct sel4ux_host_slot slot = new_slot(&cap);

    show("into a slot in use", sel4ux_host_open(work, text_at("greeting"),
                                                (struct sel4ux_host_slot){ROOT, used, DEPTH}, 0));
    slot.depth = 65;
    show("at depth 65", sel4ux_host_open(work, text_at("greeting"), slot, 0));
    show("in a frame", sel4ux_host_open(work, text_at("greeting"),
                                        (struct sel4ux_host_slot){page_cap, cap, DEPTH}, 0));
    show("few words", sel4ux_host_call(work, SEL4UX_HOST_OPEN, 4, 2));
    show("few capabilities", sel4ux_host_call(work, SEL4UX_HOST_OPEN, 5, 1));
    guest_printf("the slot is %s\n", slot_is_empty(cap) ? "empty" : "in use");
}

static void try_labels(void)
{
    static const struct {
        const char *name;
        seL4_CPtr cap;
    } others[] = {{"CNode", ROOT},
                  {"TCB", OWN_TCB},
                  {"VSpace", OWN_VSPACE},
                  {"IRQ control", seL4_CapIRQControl},
                  {"no capability", 0}};

    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++) {
        sel4ux_host_put_buffer(bytes(4));
        guest_printf("%s: ", others[i].name);
        show("read", sel4ux_host_call(others[i].cap, SEL4UX_HOST_READ, 3, 1));
    }
    show("close by hand", sel4ux_host_call(work, SEL4UX_HOST_LABEL(0), 4, 0));
    show("an unknown request", sel4ux_host_call(work, SEL4UX_HOST_LABEL(26), 4, 0));
    show("a request of another object's", sel4ux_host_call(work, 1, 4, 0));
    show("read of a directory", sel4ux_host_read(work, bytes(4), 0));
    show("accept of a directory",
         sel4ux_host_accept(work, new_slot(&(seL4_CPtr){0}), &(struct sel4ux_host_address){0, 0}));
    show("date of a directory", sel4ux_host_clock_read(work, &(seL4_Word){0}, &(seL4_Word){0}));
    show("terminal mode of a directory", sel4ux_host_terminal_mode(work, 0));
    show("bind to a frame", sel4ux_host_bind(work, page_cap));
}

static void try_rights(const char *what, seL4_CPtr directory)
{
    seL4_CPtr file;

    guest_printf("%s\n", what);
    file = open_shown(directory, "greeting", 0);
    open_shown(directory, "greeting", SEL4UX_HOST_OPEN_WRITE);
    open_shown(directory, "inner", SEL4UX_HOST_OPEN_DIRECTORY | SEL4UX_HOST_OPEN_WRITE);
    show("make", sel4ux_host_make_directory(directory, text_at("x")));
    show("remove", sel4ux_host_remove(directory, text_at("greeting")));
    show("rename", sel4ux_host_rename(directory, text_at("greetinghello"), 8));
    show("list", sel4ux_host_list(directory, bytes(4096), &(seL4_Word){0}) > 0 ? 0 : -1);
    show("sync", sel4ux_host_sync(directory));
    show("arm", sel4ux_host_ack(directory, 1));
    if (file == 0)
        return;
    show("write", sel4ux_host_write(file, bytes(4), 0));
    show("shorten", sel4ux_host_truncate(file, 0));
    must("delete", cap_delete(file));
}

/* As many as there can be, again and again. */
static void exhaust(void)
{
    static seL4_CPtr caps[1100];
    unsigned count[2];

    for (unsigned round = 0; round < 2; round++) {
        long result = 0;

        for (count[round] = 0; count[round] < 1100 && result >= 0; count[round] += result >= 0)
            result =
                sel4ux_host_open(work, text_at("inner/file"), new_slot(&caps[count[round]]), 0);
        guest_printf("%u files are open, then: %s\n", count[round], result_text(result));
        for (unsigned i = 0; i < count[round]; i++)
            must("delete", cap_delete(caps[i]));
    }
}

int main(void)
{
    host_begin();
    if (sel4ux_host_grants(seL4_GetBootInfo()) == 0) {
        guest_printf("nothing is granted\n");
        try_labels();
        guest_exit();
    }
    work = host_granted(SEL4UX_HOST_DIRECTORY, "work");
    try_paths();
    try_names();
    try_flags();
    try_frames();
    try_slots();
    try_labels();
    try_rights("a copy to read", cap_copy(work, seL4_CanRead));
    try_rights("a copy to write", cap_copy(work, seL4_CanWrite));
    try_rights("a copy without rights", cap_copy(work, seL4_NoRights));
    try_rights("what was granted to read", host_granted(SEL4UX_HOST_DIRECTORY, "readable"));
    exhaust();
    guest_exit();
}
