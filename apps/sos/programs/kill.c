/* kill PID...: ends processes. */
#include "sos.h"

int sos_main(int argc, char **argv)
{
    int status = 0;

    for (int i = 1; i < argc; i++) {
        unsigned long pid;
        long error = sos_number(argv[i], &pid) ? sos_kill((long)pid) : -SOS_EINVAL;

        if (error < 0)
            status = sos_fail(argv[i], error);
    }
    return status;
}
