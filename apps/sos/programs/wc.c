/* wc [FILE]: lines, words and characters of a file or of standard input. */
#include "sos.h"

int sos_main(int argc, char **argv)
{
    static char buffer[4096];
    unsigned long lines = 0, words = 0, characters = 0;
    bool in_word = false;
    long in = SOS_STDIN, n;

    if (argc > 1)
        in = sos_open(argv[1], SOS_O_READ);
    if (in < 0)
        return sos_fail(argv[1], in);
    while ((n = sos_read(in, buffer, sizeof(buffer))) > 0) {
        characters += (unsigned long)n;
        for (long i = 0; i < n; i++) {
            bool blank = buffer[i] == ' ' || buffer[i] == '\n' || buffer[i] == '\t';

            lines += buffer[i] == '\n';
            words += !blank && !in_word;
            in_word = !blank;
        }
    }
    guest_printf("%lu %lu %lu\n", lines, words, characters);
    return 0;
}
