/* cp FROM TO: copies a file. */
#include "sos.h"

int sos_main(int argc, char **argv)
{
    static char buffer[131072];
    long in, out, n;

    if (argc != 3) {
        guest_printf("usage: cp FROM TO\n");
        return 2;
    }
    in = sos_open(argv[1], SOS_O_READ);
    if (in < 0)
        return sos_fail(argv[1], in);
    out = sos_open(argv[2], SOS_O_WRITE | SOS_O_CREATE | SOS_O_TRUNCATE);
    if (out < 0)
        return sos_fail(argv[2], out);
    while ((n = sos_read(in, buffer, sizeof(buffer))) > 0) {
        long error = sos_write(out, buffer, (unsigned long)n);

        if (error < 0)
            return sos_fail(argv[2], error);
    }
    return n < 0 ? sos_fail(argv[1], n) : 0;
}
