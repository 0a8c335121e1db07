/*
 * Access to the boot info; the runtime calls seL4_InitBootInfo() with what it was started with.
 */
#pragma once

#include <sel4/bootinfo_types.h>

SEL4_C_BEGIN

void seL4_InitBootInfo(seL4_BootInfo *info);
seL4_BootInfo *seL4_GetBootInfo(void);

SEL4_C_END
