/*
 * seL4 splits this header by architecture; here one header has it all.
 */
#pragma once

#include <sel4/invocation.h>
