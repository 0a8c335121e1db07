/* sync FILE...: returns when what was written to files is safe on the host's disk. */
#include "sos.h"

int sos_main(int argc, char **argv)
{
    int status = 0;

    for (int i = 1; i < argc; i++) {
        long fd = sos_open(argv[i], SOS_O_READ | SOS_O_WRITE), error = fd < 0 ? fd : sos_sync(fd);

        if (error < 0)
            status = sos_fail(argv[i], error);
        if (fd >= 0)
            sos_close(fd);
    }
    return status;
}
