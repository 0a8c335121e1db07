/* cat [FILE...]: writes files, or standard input, to standard output. */
#include "sos.h"

static int copy(const char *name, long in)
{
    static char buffer[4096];
    long n;

    while ((n = sos_read(in, buffer, sizeof(buffer))) > 0) {
        long error = sos_write(SOS_STDOUT, buffer, (unsigned long)n);

        if (error < 0)
            return 1;
    }
    return n < 0 ? sos_fail(name, n) : 0;
}

int sos_main(int argc, char **argv)
{
    int status = 0;

    if (argc == 1)
        return copy("standard input", SOS_STDIN);
    for (int i = 1; i < argc && status == 0; i++) {
        long in = sos_open(argv[i], SOS_O_READ);

        if (in < 0)
            return sos_fail(argv[i], in);
        status = copy(argv[i], in);
        sos_close(in);
    }
    return status;
}
