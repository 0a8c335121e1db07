/* ls [FILE...]: the files, their sizes, and whether they may be written to. */
#include "sos.h"

static void show(const struct sos_file *file)
{
    guest_printf("%s %8lu  %s\n", file->writable ? "rw" : "r-", file->size, file->name);
}

int sos_main(int argc, char **argv)
{
    struct sos_file file;

    for (int i = 1; i < argc; i++) {
        long error = sos_stat(argv[i], &file);

        if (error < 0)
            return sos_fail(argv[i], error);
        show(&file);
    }
    for (unsigned long i = 0; argc == 1 && sos_list(i, &file) == 0; i++)
        show(&file);
    return 0;
}
