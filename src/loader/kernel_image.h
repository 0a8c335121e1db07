/*
 * Telling the seL4 kernel's own ELF file from a root task's: people mix them up, since a build
 * puts both into one folder.
 */
#ifndef SEL4UX_LOADER_KERNEL_IMAGE_H
#define SEL4UX_LOADER_KERNEL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

/* A multiboot (1 or 2) header where boot loaders look for one. Any bytes are safe to ask about. */
bool is_kernel_image(const void *bytes, size_t size);

#endif
