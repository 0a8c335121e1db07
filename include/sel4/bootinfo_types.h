/*
 * What the kernel tells the root task at boot: layout of the boot info frame and of the chunks
 * that follow it when seL4_BootInfo.extraLen is not 0.
 */
#pragma once

#include <sel4/types.h>

#include <sel4/gen_boot.h>

/* The linear framebuffer's description; the kernel hands it on as the boot loader left it. */
typedef struct multiboot2_fb seL4_X86_BootInfo_fb_t;

SEL4_COMPILE_ASSERT(boot_info_fits, sizeof(seL4_BootInfo) <= seL4_BootInfoFrameSize)
