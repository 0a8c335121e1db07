/*
 * The start and the end of a root task that is a hosted program: in place of root.c, tls.c,
 * start.S and string.c, whose work the host's C library and sel4ux's own library do.
 *
 * A guest that is to end like a freestanding one has its main() compiled as guest_main(), by
 * -Dmain=guest_main; another's main() is the program's.
 */
#include "runtime.h"

/* Threads have the C library's thread-local storage, whatever their FS base is set to. */
char *tls_init(char *block, size_t bytes)
{
    (void)bytes;
    return block;
}

void tls_use(char *tls, seL4_CPtr tcb)
{
    (void)tls;
    (void)tcb;
}

#ifdef main
#undef main
int main(void);

int main(void)
{
    console_init();
    guest_main();
    guest_exit();
}
#endif

void guest_exit(void)
{
    guest_printf("done %s\n", guest_name);
#ifdef CONFIG_DEBUG_BUILD
    seL4_DebugHalt();
#endif
    for (;;)
        seL4_TCB_Suspend(OWN_TCB);
}
