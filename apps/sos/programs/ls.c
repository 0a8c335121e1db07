/* ls [FILE|FOLDER...]: files, their sizes, and whether they may be written to. */
#include "sos.h"

static const char *folder = ".";

static void show(const struct sos_file *file, const char *name)
{
    guest_printf("%s %8lu  %s%s\n", file->writable ? "rw" : "r-", file->size, name,
                 file->folder ? "/" : "");
}

/* What has gone meanwhile is not shown. */
static void show_entry(const struct sos_entry *entry, const char *name)
{
    char path[2 * SOS_PATH_MAX];
    size_t length = strlen(folder), name_length = strlen(name);
    bool own = strcmp(folder, ".") == 0 && entry->kind != SOS_KIND_FOLDER;
    struct sos_file file;

    memcpy(path, folder, length);
    path[length] = '/';
    memcpy(path + length + 1, name, name_length + 1);
    if (strcmp(folder, ".") == 0)
        length = 0;
    if (sos_stat(own ? name : path + (length ? 0 : 1), &file) == 0)
        show(&file, name);
}

static long list(const char *path)
{
    struct sos_file file;
    long error = sos_stat(path, &file);

    if (error < 0)
        return error;
    if (!file.folder) {
        show(&file, path);
        return 0;
    }
    folder = path;
    return sos_each(path, show_entry);
}

int sos_main(int argc, char **argv)
{
    long error = argc == 1 ? list(".") : 0;

    for (int i = 1; i < argc && !error; i++) {
        error = list(argv[i]);
        if (error)
            return sos_fail(argv[i], error);
    }
    return error != 0;
}
