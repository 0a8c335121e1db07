/* The sites of rust-sel4, and of Microkit's initialiser, keep the stack pointer in r14. */
#define KEEPER r14
#include "sites.c"
