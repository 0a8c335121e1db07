/*
 * The smallest hosted program: a root task with the host's C library. sel4ux-cc compiles it, and
 * what comes out is started by itself, alone or under a debugger.
 */
#include <sel4/sel4.h>

#include <stdio.h>

static void greet(const seL4_BootInfo *info)
{
    seL4_Word untypeds = info->untyped.end - info->untyped.start;

    printf("Hello, world! I have %lu untypeds and node %lu.\n", untypeds, info->nodeID);
}

int main(void)
{
    seL4_DebugNameThread(seL4_CapInitThreadTCB, "hello's main");
    greet(seL4_GetBootInfo());
    return 0;
}
