/* mkdir FOLDER...: makes folders, where the host keeps them. */
#include "sos.h"

int sos_main(int argc, char **argv)
{
    int status = 0;

    for (int i = 1; i < argc; i++) {
        long error = sos_mkdir(argv[i]);

        if (error < 0)
            status = sos_fail(argv[i], error);
    }
    return status;
}
