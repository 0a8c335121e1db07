/*
 * Where the kernel has put the root task and which memory it leaves: that follows from the size of
 * the kernel itself, so from its configuration.
 */
#include "guest.h"

int main(void)
{
    const seL4_BootInfo *info = seL4_GetBootInfo();
    seL4_X86_Page_GetAddress_t first = seL4_X86_Page_GetAddress(info->userImageFrames.start);
    unsigned device = 0;

    guest_printf("the image begins at %lx\n", first.paddr);
    for (seL4_Word i = 0; i < info->untyped.end - info->untyped.start; i++) {
        const seL4_UntypedDesc *untyped = &info->untypedList[i];

        device += untyped->isDevice;
        if (!untyped->isDevice)
            guest_printf("%lx: 2^%u\n", untyped->paddr, untyped->sizeBits);
    }
    guest_printf("and %u of devices\n", device);
    return 0;
}
