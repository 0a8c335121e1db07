/*
 * The start of a program: the root task has put its arguments at the end of the stack, one after
 * the other, each with a zero at its end.
 */
#include "sos.h"

#define MAX_ARGUMENTS 64

/* Used by error_text() of apps/lib only; programs of SOS have no IPC buffer. */
__thread seL4_IPCBuffer *__sel4_ipc_buffer;

__attribute__((noreturn)) void _start(char *arguments, size_t bytes);

void _start(char *arguments, size_t bytes)
{
    static char *argv[MAX_ARGUMENTS + 1];
    int argc = 0;

    for (size_t at = 0; at < bytes && argc < MAX_ARGUMENTS; at += strlen(arguments + at) + 1)
        argv[argc++] = arguments + at;
    sos_exit(sos_main(argc, argv));
}

void guest_exit(void)
{
    sos_exit(1);
}
