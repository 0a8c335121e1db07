/*
 * The kernel options that sel4ux knows: which name of gen_config.json is which field of
 * struct kernel_config, what values it may have, and what values may go together.
 *
 * An option is an index into one table, 0 to OPTION_COUNT - 1.
 */
#ifndef SEL4UX_LOADER_OPTIONS_H
#define SEL4UX_LOADER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "abi/config.h"
#include "base/error.h"

#define OPTION_COUNT      32
#define OPTION_VALUE_SIZE 24

/* The documented default: upstream's x86_64 debug kernel without MCS, as sel4test configures it. */
void options_default(struct kernel_config *config);

/* Upstream's name of option `i`, without CONFIG_. */
const char *option_name(size_t i);
bool option_is_boolean(size_t i);

/*
 * The option called `name` with or without CONFIG_ and KERNEL_ before it, in any case;
 * OPTION_COUNT when there is none, with the most similar name in *nearest unless that is NULL.
 */
size_t option_find(const char *name, const char **nearest);

/* Sets option `i` from a person's text: true/false/on/off/yes/no/1/0, or a number (0x: hex). */
int option_parse(struct kernel_config *config, size_t i, const char *text, struct error *err);

/* Sets boolean option `i`. */
void option_set_boolean(struct kernel_config *config, size_t i, bool value);

/* Writes the value of option `i` as text. */
void option_print(const struct kernel_config *config, size_t i, char text[OPTION_VALUE_SIZE]);

/* Whether the values go together and sel4ux can stand in for such a kernel: 0 or -EINVAL. */
int options_check(const struct kernel_config *config, struct error *err);

#endif
