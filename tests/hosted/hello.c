/*
 * The smallest hosted program: the C library's output and the kernel's console are in order, the
 * boot info says what it would to any root task, but that there is no image.
 */
#include <sel4/sel4.h>

#include <stdio.h>

int main(void)
{
    const seL4_BootInfo *info = seL4_GetBootInfo();

    printf("Hello, ");
    seL4_DebugPutString("world");
    printf("!\n");
    printf("node %lu of %lu\n", info->nodeID, info->numNodes);
    printf("image frames: %lu\n", info->userImageFrames.end - info->userImageFrames.start);
    printf("untypeds: %d\n", info->untyped.end > info->untyped.start);
    printf("IPC buffer: %d\n", seL4_GetIPCBuffer() == info->ipcBuffer);
    return 7;
}
