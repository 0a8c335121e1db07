/* Folders of the host, see volume.h. */
#include "volume.h"

#include "file/file.h"
#include "lib/guard.h"
#include "lib/standard.h"

#define MAX_VOLUMES   4
#define FILES_AT_ONCE 64
#define PAGE_WINDOW   (SERVER_BUFFER_MAX - PAGE_SIZE)

_Static_assert(sizeof(struct sos_entry) == sizeof(struct sel4ux_host_entry) &&
                   (int)SOS_KIND_FOLDER == (int)SEL4UX_HOST_DIRECTORY &&
                   (int)SOS_KIND_FILE == (int)SEL4UX_HOST_FILE,
               "entries are handed on as they are");

struct volume {
    char name[SOS_NAME_MAX]; /* "" : there is none */
    struct client session;
};

static struct volume volumes[MAX_VOLUMES];
static struct service server;

/* -------------------------------------------------------------- names */

/* What a user called a directory, if that can be a name; else "host", "host2" and so on. */
static void name_volume(struct volume *volume, const char *wanted, unsigned int index)
{
    static const char spare[] = "host";
    size_t length = strlen(wanted);
    bool usable = length > 0 && length < SOS_NAME_MAX;

    for (size_t i = 0; i < length; i++)
        usable = usable && wanted[i] > ' ' && wanted[i] != '/';
    if (usable) {
        memcpy(volume->name, wanted, length + 1);
        return;
    }
    memcpy(volume->name, spare, sizeof(spare));
    if (index)
        volume->name[strlen(spare)] = (char)('1' + index);
}

const char *volume_name(unsigned int index)
{
    return index < MAX_VOLUMES && volumes[index].name[0] ? volumes[index].name : NULL;
}

struct volume *volume_of(const char *path, const char **rest)
{
    if (*path++ != '/')
        return NULL;
    for (struct volume *v = volumes; v < volumes + MAX_VOLUMES; v++) {
        size_t length = strlen(v->name);

        if (length == 0 || memcmp(path, v->name, length) != 0 ||
            (path[length] != 0 && path[length] != '/'))
            continue;
        path += length;
        while (*path == '/')
            path++;
        *rest = *path ? path : ".";
        return v;
    }
    return NULL;
}

/* -------------------------------------------------------------- start */

extern const char guest_archive[];

void volume_init(void)
{
    const struct sel4ux_host_grant *grant = standard_grant(SEL4UX_HOST_DIRECTORY, 0);
    long error;

    if (!grant)
        return;
    error = standard_start(STANDARD_FILE, &server, guest_archive, guard_faults(), 0);
    for (unsigned int i = 0; !error && i < MAX_VOLUMES && grant; i++) {
        struct volume *v = &volumes[i];

        error = manager_connect_self(&server, seL4_LargePageBits, FILE_SESSION(i, FILES_AT_ONCE),
                                     &v->session.endpoint, &v->session.buffer);
        v->session.bytes = SERVER_BUFFER_MAX;
        name_volume(v, grant->name, i);
        grant = standard_grant(SEL4UX_HOST_DIRECTORY, i + 1);
    }
    if (error)
        guest_die("the file server does not start: error %ld", -error);
}

/* -------------------------------------------------------------- requests */

/* A result of the server, as processes get it. */
static long translate(long result)
{
    static const unsigned char errors[SERVER_ERROR_COUNT] = {
        [SERVER_NOT_FOUND] = SOS_ENOENT,     [SERVER_EXISTS] = SOS_EEXIST,
        [SERVER_NOT_PERMITTED] = SOS_EACCES, [SERVER_NOT_DIRECTORY] = SOS_ENOTDIR,
        [SERVER_IS_DIRECTORY] = SOS_EISDIR,  [SERVER_NOT_EMPTY] = SOS_ENOTEMPTY,
        [SERVER_BAD_PATH] = SOS_EINVAL,      [SERVER_BAD_ARGUMENT] = SOS_EINVAL,
        [SERVER_NO_SPACE] = SOS_ENOMEM,      [SERVER_TOO_LARGE] = SOS_ENOMEM,
        [SERVER_TOO_MANY] = SOS_ENOMEM,      [SERVER_NOT_SUPPORTED] = SOS_EINVAL,
    };

    if (result >= 0)
        return result;
    return result > -SERVER_ERROR_COUNT && errors[-result] ? -(long)errors[-result] : -SOS_EIO;
}

static seL4_Word host_flags(unsigned int flags)
{
    seL4_Word host = 0;

    if (flags & SOS_O_WRITE)
        host |= SEL4UX_HOST_OPEN_WRITE;
    if (flags & SOS_O_CREATE)
        host |= SEL4UX_HOST_OPEN_CREATE;
    if (flags & SOS_O_TRUNCATE)
        host |= SEL4UX_HOST_OPEN_TRUNCATE;
    return flags & SOS_O_FOLDER ? SEL4UX_HOST_OPEN_DIRECTORY : host;
}

long volume_open(struct volume *volume, const char *path, unsigned int flags, struct inode *inode)
{
    long file = file_open(&volume->session, path, host_flags(flags));

    if (file < 0)
        return translate(file);
    inode->volume = volume;
    inode->file = file;
    inode->writable = flags & SOS_O_WRITE;
    return 0;
}

void volume_close(struct inode *inode)
{
    file_close(&inode->volume->session, inode->file);
}

/* How much room a folder's names take is the host's own affair. */
static void take_status(const struct sel4ux_host_status *status, struct sos_file *file)
{
    *file = (struct sos_file){
        .size = status->kind == SEL4UX_HOST_DIRECTORY ? 0 : status->size,
        .modified = status->modified,
        .writable = status->writable != 0,
        .folder = status->kind == SEL4UX_HOST_DIRECTORY,
    };
}

long volume_stat(struct volume *volume, const char *path, struct sos_file *file)
{
    struct sel4ux_host_status status;
    long error = file_stat_path(&volume->session, path, &status);

    take_status(&status, file);
    return translate(error);
}

long volume_size(struct inode *inode)
{
    struct sel4ux_host_status status;
    long error = file_stat(&inode->volume->session, inode->file, &status);

    return error < 0 ? translate(error) : (long)status.size;
}

long volume_remove(struct volume *volume, const char *path)
{
    return translate(file_remove(&volume->session, path));
}

long volume_make_folder(struct volume *volume, const char *path)
{
    return translate(file_make_directory(&volume->session, path));
}

long volume_rename(struct volume *volume, const char *from, const char *to)
{
    return translate(file_rename(&volume->session, from, to));
}

long volume_sync(struct inode *inode)
{
    return translate(file_sync(&inode->volume->session, inode->file));
}

char *volume_buffer(struct inode *inode)
{
    return inode->volume->session.buffer;
}

long volume_read(struct inode *inode, size_t offset, size_t bytes)
{
    return translate(file_read_buffer(&inode->volume->session, inode->file,
                                      bytes < VOLUME_AT_ONCE ? bytes : VOLUME_AT_ONCE, offset));
}

long volume_write(struct inode *inode, size_t offset, size_t bytes)
{
    return translate(file_write_buffer(&inode->volume->session, inode->file, bytes, offset));
}

long volume_list(struct inode *inode, size_t *cookie, size_t bytes)
{
    struct client *session = &inode->volume->session;
    long n = client_call(session, FILE_LIST, (seL4_Word)inode->file, 0, bytes, *cookie);

    if (n > 0)
        *cookie = seL4_GetMR(1);
    return translate(n);
}

long volume_read_page(struct inode *inode, size_t offset, void *to, size_t bytes)
{
    struct client *session = &inode->volume->session;
    char *at = to;
    size_t done = 0;

    while (done < bytes) {
        size_t want = bytes - done < PAGE_SIZE ? bytes - done : PAGE_SIZE;
        long n = client_call(session, FILE_READ, (seL4_Word)inode->file, PAGE_WINDOW, want,
                             offset + done);

        if (n < 0)
            return translate(n);
        if (n == 0)
            break;
        memcpy(at + done, session->buffer + PAGE_WINDOW, (size_t)n);
        done += (size_t)n;
    }
    return (long)done;
}
