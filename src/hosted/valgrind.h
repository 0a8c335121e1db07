/*
 * What Valgrind wants to know, by its own client requests where its header was there when sel4ux
 * was built; they do nothing outside of it. Guests' stacks are not registered: Valgrind remembers
 * one current stack for all threads, and then takes what is below another's top for free.
 */
#ifndef SEL4UX_HOSTED_VALGRIND_H
#define SEL4UX_HOSTED_VALGRIND_H

#include <stdbool.h>
#include <stddef.h>

void tools_add_stack(char *start, size_t size);
bool tools_run_one_thread(void); /* Valgrind runs one thread at a time: no use in spinning */

/* The machine's memory, at the end: looking for pointers in it would touch gigabytes. */
void tools_skip_in_leak_check(char *start, size_t size);

#endif
