/* sum [FILE...]: the CRC-32 and the length of files, or of standard input. */
#include "sos.h"

#include "lib/crc.h"

static int sum(const char *name, long in)
{
    static char buffer[65536];
    unsigned long bytes = 0;
    uint32_t crc = 0;
    long n;

    while ((n = sos_read(in, buffer, sizeof(buffer))) > 0) {
        crc = crc32_of(crc, buffer, (size_t)n);
        bytes += (unsigned long)n;
    }
    if (n < 0)
        return sos_fail(name, n);
    guest_printf("%08x %lu %s\n", crc, bytes, name);
    return 0;
}

int sos_main(int argc, char **argv)
{
    int status = 0;

    if (argc == 1)
        return sum("-", SOS_STDIN);
    for (int i = 1; i < argc && status == 0; i++) {
        long in = sos_open(argv[i], SOS_O_READ);

        if (in < 0)
            return sos_fail(argv[i], in);
        status = sum(argv[i], in);
        sos_close(in);
    }
    return status;
}
