/*
 * The file server: sessions, open files and positions; what keeps the files is behind backend.h.
 *
 * A file's number is an index of one table for all sessions; who names another session's gets the
 * same error as for one that is not open.
 */
#include "backend.h"

#define FILES_OF_A_SESSION 24

static struct file {
    unsigned int session; /* 0: not open */
    bool writable;
    seL4_Word position;
} files[FILE_FILES];

static const struct file_backend_ops *backend;

static struct file *find(struct session *session, seL4_Word number)
{
    bool is_open = number > 0 && number < FILE_FILES && files[number].session == session->number;

    return is_open ? &files[number] : NULL;
}

static unsigned int number_of(const struct file *file)
{
    return (unsigned int)(file - files);
}

static bool is_read_only(const struct session *session)
{
    return session->word & FILE_READ_ONLY;
}

static seL4_Word root_of(const struct session *session)
{
    return session->word & (FILE_READ_ONLY - 1);
}

static unsigned int files_of(const struct session *session)
{
    unsigned int files_wanted = (unsigned int)(session->word >> 16);

    return files_wanted ? files_wanted : FILES_OF_A_SESSION;
}

/* Words 0 and 1, or 1 and 2, as a part of the buffer. */
static bool take_range(struct session *session, const seL4_Word *words, struct file_range *range)
{
    range->at = server_buffer(session, words[0], words[1]);
    return server_range(session, words[0], words[1], &range->frame);
}

/* The same for one that holds paths. */
static bool take_path(struct session *session, const struct request *request,
                      struct file_range *range)
{
    return take_range(session, request->words, range);
}

static void answer_status(struct request *request, const struct sel4ux_host_status *status)
{
    request->answer[0] = status->kind;
    request->answer[1] = status->size;
    request->answer[2] = status->modified;
    request->answer[3] = status->writable;
    request->answers = SEL4UX_HOST_STATUS_WORDS;
}

/* -------------------------------------------------------------- open files */

static struct file *find_free(const struct session *session)
{
    struct file *free = NULL;
    unsigned int used = 0;

    for (struct file *f = files + FILE_FILES - 1; f > files; f--) {
        if (f->session == 0)
            free = f;
        used += f->session == session->number;
    }
    return used < files_of(session) ? free : NULL;
}

static long handle_open(struct session *session, struct request *request)
{
    seL4_Word flags = request->words[2];
    struct file *file = find_free(session);
    struct sel4ux_host_status status;
    struct file_range path;
    long error;

    if (!take_path(session, request, &path))
        return -SERVER_BAD_ARGUMENT;
    if (is_read_only(session) && (flags & SEL4UX_HOST_OPEN_WRITE))
        return -SERVER_NOT_PERMITTED;
    if (!file)
        return -SERVER_TOO_MANY;
    error = backend->open(root_of(session), number_of(file), path, flags);
    if (error < 0)
        return error;
    *file = (struct file){session->number, flags & SEL4UX_HOST_OPEN_WRITE, 0};
    backend->stat(number_of(file), &status);
    request->answer[0] = status.kind;
    request->answer[1] = status.size;
    request->answers = 2;
    return (long)number_of(file);
}

static void close_file(struct file *file)
{
    backend->close(number_of(file));
    file->session = 0;
}

static long handle_close(struct session *session, struct request *request)
{
    struct file *file = find(session, request->words[0]);

    if (!file)
        return -SERVER_BAD_ARGUMENT;
    close_file(file);
    return 0;
}

static void close_session(struct session *session)
{
    for (struct file *f = files; f < files + FILE_FILES; f++) {
        if (f->session == session->number)
            close_file(f);
    }
}

static seL4_Word count_files(void)
{
    seL4_Word count = 0;

    for (struct file *f = files; f < files + FILE_FILES; f++)
        count += f->session != 0;
    return count;
}

/* -------------------------------------------------------------- content */

static long move(struct session *session, struct request *request, bool write)
{
    struct file *file = find(session, request->words[0]);
    seL4_Word position = request->words[3];
    struct file_range range;
    long n;

    if (!file || !take_range(session, request->words + 1, &range))
        return -SERVER_BAD_ARGUMENT;
    if (write && !file->writable)
        return -SERVER_NOT_PERMITTED;
    if (position == FILE_NEXT)
        position = file->position;
    n = write ? backend->write(number_of(file), range, position)
              : backend->read(number_of(file), range, position);
    if (n > 0 && request->words[3] == FILE_NEXT)
        file->position += (seL4_Word)n;
    return n;
}

static long handle_read(struct session *session, struct request *request)
{
    return move(session, request, false);
}

static long handle_write(struct session *session, struct request *request)
{
    return move(session, request, true);
}

static long handle_seek(struct session *session, struct request *request)
{
    struct file *file = find(session, request->words[0]);
    struct sel4ux_host_status status = {0, 0, 0, 0};
    seL4_Word base = 0, position;
    long error = 0;

    if (!file || request->words[2] > FILE_FROM_END)
        return -SERVER_BAD_ARGUMENT;
    if (request->words[2] == FILE_FROM_HERE)
        base = file->position;
    if (request->words[2] == FILE_FROM_END) {
        error = backend->stat(number_of(file), &status);
        base = status.size;
    }
    position = base + request->words[1];
    if (error < 0)
        return error;
    if ((long)position < 0)
        return -SERVER_BAD_ARGUMENT;
    file->position = position;
    return (long)position;
}

static long handle_stat(struct session *session, struct request *request)
{
    struct file *file = find(session, request->words[0]);
    struct sel4ux_host_status status = {0, 0, 0, 0};
    long error;

    if (!file)
        return -SERVER_BAD_ARGUMENT;
    error = backend->stat(number_of(file), &status);
    answer_status(request, &status);
    return error;
}

static long handle_truncate(struct session *session, struct request *request)
{
    struct file *file = find(session, request->words[0]);

    if (!file)
        return -SERVER_BAD_ARGUMENT;
    if (!file->writable)
        return -SERVER_NOT_PERMITTED;
    return backend->truncate(number_of(file), request->words[1]);
}

static long handle_sync(struct session *session, struct request *request)
{
    struct file *file = find(session, request->words[0]);

    return file ? backend->sync(number_of(file)) : -SERVER_BAD_ARGUMENT;
}

static long handle_direct(struct session *session, struct request *request)
{
    struct file *file = find(session, request->words[0]);

    if (!file)
        return -SERVER_BAD_ARGUMENT;
    return backend->direct(number_of(file), file->writable, &request->cap);
}

/* -------------------------------------------------------------- names */

static long handle_stat_path(struct session *session, struct request *request)
{
    struct sel4ux_host_status status = {0, 0, 0, 0};
    struct file_range path;
    long error;

    if (!take_path(session, request, &path))
        return -SERVER_BAD_ARGUMENT;
    error = backend->stat_path(root_of(session), path, &status);
    if (is_read_only(session))
        status.writable = 0;
    answer_status(request, &status);
    return error;
}

static long handle_list(struct session *session, struct request *request)
{
    seL4_Word number = request->words[0], cookie = request->words[3];
    struct file_range entries;
    long n;

    if ((number && !find(session, number)) || request->words[1] % 8 ||
        !take_range(session, request->words + 1, &entries))
        return -SERVER_BAD_ARGUMENT;
    n = backend->list(root_of(session), (unsigned int)number, entries, &cookie);
    request->answer[0] = cookie;
    request->answers = 1;
    return n;
}

static long change(struct session *session, struct request *request,
                   long (*operation)(seL4_Word root, struct file_range path))
{
    struct file_range path;

    if (!take_path(session, request, &path))
        return -SERVER_BAD_ARGUMENT;
    return is_read_only(session) ? -SERVER_NOT_PERMITTED : operation(root_of(session), path);
}

static long handle_make_directory(struct session *session, struct request *request)
{
    return change(session, request, backend->make_directory);
}

static long handle_remove(struct session *session, struct request *request)
{
    return change(session, request, backend->remove);
}

static long handle_rename(struct session *session, struct request *request)
{
    struct file_range paths;

    if (!take_path(session, request, &paths) || request->words[2] > request->words[1])
        return -SERVER_BAD_ARGUMENT;
    if (is_read_only(session))
        return -SERVER_NOT_PERMITTED;
    return backend->rename(root_of(session), paths, request->words[2]);
}

/* -------------------------------------------------------------- the server */

static long start(const seL4_Word *words)
{
    backend = words[0] == FILE_BACKEND_HOST ? &file_host : &file_ram;
    return backend->start(words);
}

#define AT(label) [(label)-SERVER_FIRST]

static server_handler *const handlers[] = {
    AT(FILE_OPEN) = handle_open,
    AT(FILE_CLOSE) = handle_close,
    AT(FILE_READ) = handle_read,
    AT(FILE_WRITE) = handle_write,
    AT(FILE_SEEK) = handle_seek,
    AT(FILE_STAT) = handle_stat,
    AT(FILE_STAT_PATH) = handle_stat_path,
    AT(FILE_TRUNCATE) = handle_truncate,
    AT(FILE_SYNC) = handle_sync,
    AT(FILE_LIST) = handle_list,
    AT(FILE_MAKE_DIRECTORY) = handle_make_directory,
    AT(FILE_REMOVE) = handle_remove,
    AT(FILE_RENAME) = handle_rename,
    AT(FILE_DIRECT) = handle_direct,
};

int main(void)
{
    static const struct server server = {
        .start = start,
        .close = close_session,
        .count = count_files,
        .handlers = handlers,
        .handler_count = sizeof(handlers) / sizeof(handlers[0]),
    };

    server_run(&server);
}
