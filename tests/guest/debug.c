/*
 * The system calls of debug kernels: identifying capabilities and naming threads. What kernels
 * number differently is only compared.
 */
#include "guest.h"

#ifdef CONFIG_DEBUG_BUILD

static void identify(void)
{
    seL4_CPtr endpoint = object_alloc(seL4_EndpointObject, 0);
    seL4_CPtr notification = object_alloc(seL4_NotificationObject, 0);
    seL4_CPtr copy = cap_mint(endpoint, seL4_CanRead, 3);
    seL4_CPtr frame = object_alloc(seL4_X86_4K, 0);

    guest_printf("nothing: %u\n", seL4_DebugCapIdentify(slot_alloc()));
    guest_printf("no slot: %u\n", seL4_DebugCapIdentify(1ul << 40));
    guest_printf("untyped %u, endpoint %u, notification %u\n",
                 seL4_DebugCapIdentify(seL4_GetBootInfo()->untyped.start),
                 seL4_DebugCapIdentify(endpoint), seL4_DebugCapIdentify(notification));
    guest_printf("CNode %u, TCB %u, IRQ control %u, domain %u\n", seL4_DebugCapIdentify(ROOT),
                 seL4_DebugCapIdentify(OWN_TCB), seL4_DebugCapIdentify(seL4_CapIRQControl),
                 seL4_DebugCapIdentify(seL4_CapDomain));
    guest_printf("frame %u, PML4 %u, ASID control %u, ASID pool %u, IO port control %u\n",
                 seL4_DebugCapIdentify(frame), seL4_DebugCapIdentify(OWN_VSPACE),
                 seL4_DebugCapIdentify(seL4_CapASIDControl),
                 seL4_DebugCapIdentify(seL4_CapInitThreadASIDPool),
                 seL4_DebugCapIdentify(seL4_CapIOPortControl));
    guest_printf("a copy is the same: %d\n",
                 seL4_DebugCapIdentify(copy) == seL4_DebugCapIdentify(endpoint));
}

int main(void)
{
    identify();
    seL4_DebugNameThread(OWN_TCB, "a name");
    guest_printf("named\n");
    return 0;
}

#else

int main(void)
{
    guest_printf("no debug kernel\n");
    return 0;
}

#endif
