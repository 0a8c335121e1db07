/*
 * libsel4 for guests: everything.
 *
 * Source-compatible with seL4 16.0 on x86_64. The numbers come from headers that are generated per
 * kernel configuration and lie in a folder of their own on the include path.
 */
#pragma once

#include <sel4/bootinfo.h>
#include <sel4/config.h>
#include <sel4/deprecated.h>
#include <sel4/faults.h>
#include <sel4/functions.h>
#include <sel4/mapping.h>
#include <sel4/syscalls.h>
#include <sel4/types.h>
#include <sel4/virtual_client.h>
