/*
 * The smallest root task: says what it was given and ends.
 */
#include "guest.h"

int main(void)
{
    const seL4_BootInfo *info = seL4_GetBootInfo();

    guest_printf("Hello, world!\n");
    guest_printf("node %lu of %lu, domain %lu\n", info->nodeID, info->numNodes,
                 info->initThreadDomain);
    return 0;
}
