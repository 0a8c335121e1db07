/*
 * The kernel configuration that a guest is built for: CONFIG_* as seL4 names them.
 *
 * Both files are generated per configuration; the compiler's include path chooses one. There is
 * no default: code for one configuration does not run on a kernel of another.
 */
#pragma once

#include <kernel/gen_config.h>
#include <sel4/gen_config.h>
