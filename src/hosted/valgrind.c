/* Valgrind's client requests (see valgrind.h). */
#include "hosted/valgrind.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>

void tools_add_stack(char *start, size_t size)
{
    VALGRIND_STACK_REGISTER(start, start + size);
}

bool tools_run_one_thread(void)
{
    return RUNNING_ON_VALGRIND != 0;
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
#endif
