/*
 * seL4's constants and enums: sizes, message layouts, errors, attributes. All generated.
 */
#pragma once

#include <sel4/gen_numbers.h>
