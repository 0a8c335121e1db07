/*
 * Where builds of seL4 systems keep the descriptions of their kernel.
 */
#ifndef SEL4UX_LOADER_DISCOVER_H
#define SEL4UX_LOADER_DISCOVER_H

#include <stdbool.h>
#include <stddef.h>

#define DISCOVER_PARENTS 3

/*
 * The gen_config.json of the build that the image belongs to: looked for in the image's folder,
 * then in up to DISCOVER_PARENTS folders above it. False when there is none.
 */
bool discover_config(const char *image_path, char *path, size_t size);

/* The one of the build, or of the installed headers, in `folder`; not above it. */
bool discover_config_in(const char *folder, char *path, size_t size);

/* Whether a kernel's image lies beside this one, as builds leave it: it is not for our default. */
bool discover_kernel(const char *image_path);

/* The invocations_all.json of the same build as `config_path`. False when there is none. */
bool discover_labels(const char *config_path, char *path, size_t size);

#endif
