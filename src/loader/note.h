/*
 * What a program built by sel4ux-cc says about itself in an ELF note of owner "sel4ux": the
 * configuration of the kernel that it was built for, as the text of its gen_config.json.
 */
#ifndef SEL4UX_LOADER_NOTE_H
#define SEL4UX_LOADER_NOTE_H

#include <stddef.h>

#include "loader/elf.h"

#define NOTE_OWNER  "sel4ux"
#define NOTE_CONFIG 1 /* type; the descriptor is JSON text */

/* The text inside the image's file, and its size; NULL: the program carries none. */
const void *note_config(const struct image *image, size_t *size);

#endif
