/* frames NUMBER: how many frames all processes may have together. */
#include "sos.h"

int sos_main(int argc, char **argv)
{
    unsigned long number;
    long error;

    if (argc != 2 || !sos_number(argv[1], &number)) {
        guest_printf("usage: frames NUMBER\n");
        return 2;
    }
    error = sos_call(SOS_LIMIT, number, 0, 0, 0);
    return error < 0 ? sos_fail(argv[1], error) : 0;
}
