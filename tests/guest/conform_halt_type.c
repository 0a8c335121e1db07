/*
 * Conformance: DebugNameThread of a capability that is no TCB halts the system: the transcript ends
 * where it would otherwise go on.
 */
#include "conform.h"

int main(void)
{
#ifdef CONFIG_DEBUG_BUILD
    guest_printf("DebugNameThread/type: halts\n");
    guest_printf("done %s\n", guest_name);
    seL4_DebugNameThread(ROOT, "a name");
    guest_printf("but did not\n");
#endif
    return 0;
}
