/*
 * seL4_Error, which constants.h has.
 */
#pragma once

#include <sel4/constants.h>
