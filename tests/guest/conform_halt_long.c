/*
 * Conformance: DebugNameThread with a name that does not end within the message halts the system:
 * the transcript ends where it would otherwise go on.
 */
#include "conform.h"

int main(void)
{
#ifdef CONFIG_DEBUG_BUILD
    guest_printf("DebugNameThread/long: halts\n");
    guest_printf("done %s\n", guest_name);
    memset(seL4_GetIPCBuffer()->msg, 0x61, sizeof(seL4_GetIPCBuffer()->msg));
    sel4_trap(seL4_SysDebugNameThread, &(struct sel4_trap){.cap = OWN_TCB});
    guest_printf("but did not\n");
#endif
    return 0;
}
