/*
 * The host reads into a frame whose code has run, patched: what runs next is what was read. The
 * test has put a function that returns 2 into "code" (mov $2, %eax; ret), then one with a system
 * call that returns 3 into "call".
 */
#include "common.h"

static int (*function)(void);

static void run_file(seL4_CPtr work, const char *path, seL4_CPtr frame)
{
    seL4_CPtr file = open_shown(work, path, 0);

    show("read", sel4ux_host_read(file, (struct sel4ux_host_buffer){frame, 0, 64}, 0));
    for (int i = 0; i < 40; i++)
        function();
    guest_printf("%s returns %d\n", path, function());
    must("delete", cap_delete(file));
}

int main(void)
{
    seL4_CPtr work, frame = object_alloc(seL4_X86_4K, 0);

    host_begin();
    work = host_granted(SEL4UX_HOST_DIRECTORY, "work");
    function = (int (*)(void))vspace_reserve(4096);
    must("map", vspace_map(OWN_VSPACE, frame, (seL4_Word)function, seL4_CanRead));
    for (int i = 0; i < 3; i++) {
        run_file(work, "call", frame);
        run_file(work, "code", frame);
    }
    guest_exit();
}
