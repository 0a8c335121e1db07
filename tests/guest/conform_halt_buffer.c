/*
 * Conformance: DebugNameThread by a thread without an IPC buffer halts the system: the transcript
 * ends where it would otherwise go on.
 */
#include "conform.h"

int main(void)
{
#ifdef CONFIG_DEBUG_BUILD
    guest_printf("DebugNameThread/buffer: halts\n");
    guest_printf("done %s\n", guest_name);
    must("no buffer", seL4_TCB_SetIPCBuffer(OWN_TCB, 0, 0));
    sel4_trap(seL4_SysDebugNameThread, &(struct sel4_trap){.cap = OWN_TCB});
    guest_printf("but did not\n");
#endif
    return 0;
}
