/*
 * seL4 has these types in a header of their own; here another one has them.
 */
#pragma once

#include <sel4/types.h>
