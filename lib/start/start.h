/*
 * The start of a program built by sel4ux-cc, which is a Linux executable and a root task in one.
 *
 * start_x86_64.c has all that is specific to the processor: the entry, which finds out who started
 * the program, and Linux's system call. launch.c replaces the process by sel4ux, which comes back
 * to the entry as seL4. Nothing here may use the C library, thread-local storage or the heap.
 */
#pragma once

/* What Linux left on the stack: argc, argv, environment, auxiliary vector. */
__attribute__((noreturn)) void sel4ux_launch(char **stack);

long sel4ux_linux_call(long number, long first, long second, long third);
