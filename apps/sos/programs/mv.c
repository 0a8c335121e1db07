/* mv FROM TO: gives a file another name. */
#include "sos.h"

int sos_main(int argc, char **argv)
{
    long error;

    if (argc != 3) {
        guest_printf("usage: mv FROM TO\n");
        return 2;
    }
    error = sos_rename(argv[1], argv[2]);
    return error < 0 ? sos_fail(argv[1], error) : 0;
}
