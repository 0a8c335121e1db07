/* echo [WORD...]: writes its arguments. */
#include "sos.h"

int sos_main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        guest_printf(i > 1 ? " %s" : "%s", argv[i]);
    guest_printf("\n");
    return 0;
}
