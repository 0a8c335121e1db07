/* Valgrind's client requests (see valgrind.h). */
#include "hosted/valgrind.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>

#define QUIET_SIZE (128ul << 20) /* Valgrind warns of larger ones */

void tools_add_stack(char *start, size_t size)
{
    VALGRIND_STACK_REGISTER(start, start + size);
}

bool tools_run_one_thread(void)
{
    return RUNNING_ON_VALGRIND != 0;
}

void tools_skip_in_leak_check(char *start, size_t size)
{
    for (size_t at = 0; RUNNING_ON_VALGRIND && at < size; at += QUIET_SIZE)
        VALGRIND_MAKE_MEM_NOACCESS(start + at, size - at < QUIET_SIZE ? size - at : QUIET_SIZE);
}
#else
void tools_add_stack(char *start, size_t size)
{
    (void)start;
    (void)size;
}

bool tools_run_one_thread(void)
{
    return false;
}

void tools_skip_in_leak_check(char *start, size_t size)
{
    (void)start;
    (void)size;
}
#endif
