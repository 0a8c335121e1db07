/*
 * seL4 splits this header by architecture; here one header has it all. Preprocessed for other
 * languages than C (__ASSEMBLER__), it leaves nothing behind.
 */
#pragma once

#ifndef __ASSEMBLER__
#include <sel4/deprecated.h>
#endif
