/*
 * Powering a machine on: memory map, firmware tables and the user image where a boot loader and
 * seL4's own boot code leave them, then the kernel model's boot. Hosted code, run by the monitor.
 */
#ifndef SEL4UX_MACHINE_BOOT_H
#define SEL4UX_MACHINE_BOOT_H

#include "loader/elf.h"
#include "machine/machine.h"

#define MACHINE_MIN_RAM (16ull << 20)

/* First physical address behind the highest memory of a machine with `ram` bytes: sizes its memfd.
 */
uint64_t machine_ram_top(uint64_t ram);

/*
 * `m` is zeroed memory whose clock is set. Returns 0 or -errno with a line for people in *why (a
 * literal): -ENOSPC when the image does not fit in memory.
 */
int machine_boot(struct machine *m, const struct kernel_config *config, const struct abi *abi,
                 const struct image *image, uint64_t ram, const char **why);

#endif
