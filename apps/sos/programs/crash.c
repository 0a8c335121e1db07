/* crash [read|write|jump|divide|stack]: does what no program should, to show how it ends. */
#include "sos.h"

static int deeper(unsigned int depth)
{
    volatile char space[1024];

    space[0] = (char)depth;
    return depth ? deeper(depth - 1) + space[0] : 0; /* the end is far beyond the stack's */
}

int sos_main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "read";
    volatile int zero = 0;
    volatile char *nowhere = (char *)(unsigned long)zero;

    if (strcmp(how, "write") == 0)
        *(volatile char *)sos_main = 1;
    else if (strcmp(how, "jump") == 0)
        ((void (*)(void))nowhere)();
    else if (strcmp(how, "divide") == 0)
        return 10 / zero;
    else if (strcmp(how, "stack") == 0)
        return deeper(~0u);
    return *nowhere;
}
