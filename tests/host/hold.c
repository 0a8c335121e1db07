/*
 * Who ends what: files of a folder are closed when its capability is revoked, those of a process
 * when its CNode goes. Between steps the guest waits for a line, and the test counts descriptors.
 */
#include "common.h"

#define FILES 10

static seL4_CPtr work, terminal;

static void pause_here(const char *what)
{
    seL4_CPtr signals = object_alloc(seL4_NotificationObject, 0);
    long n;

    guest_printf("%s\n", what);
    sel4ux_host_bind(terminal, signals);
    do {
        sel4ux_host_ack(terminal, SEL4UX_HOST_READABLE);
        seL4_Wait(signals, 0);
        n = sel4ux_host_read(terminal, bytes(1), 0);
    } while (n != 0 && (n < 0 || page[0] != '\n'));
}

/* Half of them through a directory of their own, in slots of `cnode`. */
static void open_files(seL4_CPtr cnode, seL4_Word first, seL4_Word depth)
{
    struct sel4ux_host_slot slot = {cnode, first, depth};
    seL4_CPtr inner = open_shown(work, "inner", SEL4UX_HOST_OPEN_DIRECTORY);

    for (int i = 0; i < FILES; i++, slot.index++) {
        long result = i % 2 ? sel4ux_host_open(inner, text_at("file"), slot, 0)
                            : sel4ux_host_open(work, text_at("greeting"), slot, 0);

        if (result < 0)
            show("open", result);
    }
}

int main(void)
{
    seL4_CPtr cnode, first;

    host_begin();
    work = host_granted(SEL4UX_HOST_DIRECTORY, "work");
    terminal = host_granted(SEL4UX_HOST_TERMINAL, 0);
    pause_here("nothing open");

    first = slots_alloc(FILES);
    open_files(ROOT, first, DEPTH);
    pause_here("open");
    must("revoke", cap_revoke(work));
    pause_here("revoked");
    show("read", sel4ux_host_read(first, bytes(4), 0));

    cnode = object_alloc(seL4_CapTableObject, 4);
    open_files(cnode, 0, 4);
    pause_here("open in a CNode");
    must("delete", cap_delete(cnode));
    pause_here("the CNode is gone");
    must("revoke", cap_revoke(work));
    pause_here("revoked");

    open_files(ROOT, first, DEPTH);
    must("delete", cap_delete(work));
    pause_here("open, and the folder's capability is gone");
    show("read", sel4ux_host_read(first, bytes(4), 0));
    guest_exit();
}
