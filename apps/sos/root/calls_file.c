/*
 * System calls on files, pipes and the console.
 *
 * Addresses are checked before data is taken from where it cannot be put back to.
 */
#include "calls.h"
#include "console.h"
#include "volume.h"

#define AT_ONCE 65536ul /* bytes of a file that one call moves; callers go on with the rest */

static char transfer[SOS_PAGE];

struct open_file *call_file(struct task *p, seL4_Word fd)
{
    return fd < SOS_FDS ? p->files[fd] : NULL;
}

static long new_fd(struct task *p, struct open_file *file)
{
    for (int fd = 0; fd < SOS_FDS; fd++) {
        if (!p->files[fd]) {
            p->files[fd] = file;
            return fd;
        }
    }
    return -SOS_ENOMEM;
}

long call_new_fd(struct task *p, struct open_file *file)
{
    long fd = new_fd(p, file);

    if (fd < 0)
        open_release(file);
    return fd;
}

long call_wait(struct task *p, enum wait what)
{
    p->call.waiting = what;
    return CALL_WAITS;
}

bool call_is_writable(struct task *p, seL4_Word start, seL4_Word bytes)
{
    for (seL4_Word at = start; at - start < bytes;) {
        struct region *region = space_find(&p->space, at);

        if (!region || !region->writable)
            return false;
        at = region->end;
    }
    return true;
}

/* -------------------------------------------------------------- names */

static bool is_own_folder(const char *path)
{
    return path[0] == 0 || strcmp(path, ".") == 0 || strcmp(path, "/") == 0;
}

/* The inode is held by the open file only. */
static struct open_file *open_held(struct inode *inode, unsigned int flags)
{
    struct open_file *file;

    inode_hold(inode);
    file = open_inode(inode, flags);
    inode_release(inode);
    return file;
}

static long open_path(const char *path, unsigned int flags, struct open_file **file)
{
    struct inode *inode;
    long error;

    *file = NULL;
    if ((flags & SOS_O_FOLDER) && is_own_folder(path)) {
        *file = open_own_folder();
        return *file ? 0 : -SOS_ENOMEM;
    }
    error = inode_open(path, flags, &inode);
    if (error)
        return error;
    if ((flags & SOS_O_FOLDER) && !inode->volume)
        return -SOS_ENOTDIR;
    *file = open_held(inode, flags);
    return *file ? 0 : -SOS_ENOMEM;
}

long call_open(struct task *p, const seL4_Word *argument)
{
    unsigned int flags = (unsigned int)argument[1];
    char path[SOS_PATH_MAX];
    struct open_file *file;
    long error = copy_text(&p->space, path, argument[0], sizeof(path));

    if (!error)
        error = open_path(path, flags, &file);
    if (error)
        return error;
    error = new_fd(p, file);
    if (error < 0)
        open_release(file);
    else if (file->kind == FILE_INODE && !file->inode->volume && (flags & SOS_O_WRITE) &&
             (flags & SOS_O_TRUNCATE))
        inode_truncate(file->inode);
    return error;
}

static long stat_path(const char *path, struct sos_file *file)
{
    const char *rest;
    struct volume *volume = volume_of(path, &rest);
    struct inode *inode;

    *file = (struct sos_file){.folder = is_own_folder(path)};
    if (volume)
        return volume_stat(volume, rest, file);
    if (file->folder)
        return 0;
    inode = inode_find(path);
    if (!inode)
        return -SOS_ENOENT;
    file->size = inode->size;
    file->writable = !inode_is_fixed(inode);
    return 0;
}

long call_stat(struct task *p, const seL4_Word *argument)
{
    char path[SOS_PATH_MAX];
    struct sos_file file;
    long error = copy_text(&p->space, path, argument[0], sizeof(path));

    if (!error)
        error = stat_path(path, &file);
    return error ? error : copy_out(&p->space, argument[1], &file, sizeof(file));
}

long call_remove(struct task *p, const seL4_Word *argument)
{
    char path[SOS_PATH_MAX];
    long error = copy_text(&p->space, path, argument[0], sizeof(path));
    struct volume *volume;
    struct inode *inode;
    const char *rest;

    if (error)
        return error;
    volume = volume_of(path, &rest);
    if (volume)
        return volume_remove(volume, rest);
    inode = inode_find(path);
    if (!inode)
        return -SOS_ENOENT;
    if (inode->memory)
        return -SOS_EACCES;
    inode_remove(inode);
    return 0;
}

/* Own files lie in one folder. */
long call_mkdir(struct task *p, const seL4_Word *argument)
{
    char path[SOS_PATH_MAX];
    long error = copy_text(&p->space, path, argument[0], sizeof(path));
    struct volume *volume;
    const char *rest;

    if (error)
        return error;
    volume = volume_of(path, &rest);
    return volume ? volume_make_folder(volume, rest) : -SOS_EACCES;
}

long call_rename(struct task *p, const seL4_Word *argument)
{
    char from[SOS_PATH_MAX], to[SOS_PATH_MAX];
    long error = copy_text(&p->space, from, argument[0], sizeof(from));
    const char *rest_from, *rest_to;
    struct volume *volume;
    struct inode *inode;

    if (!error)
        error = copy_text(&p->space, to, argument[1], sizeof(to));
    if (error)
        return error;
    volume = volume_of(from, &rest_from);
    if (volume != volume_of(to, &rest_to))
        return -SOS_EINVAL;
    if (volume)
        return volume_rename(volume, rest_from, rest_to);
    inode = inode_find(from);
    return inode ? inode_rename(inode, to) : -SOS_ENOENT;
}

/* -------------------------------------------------------------- folders */

static size_t put_entry(size_t at, size_t bytes, unsigned long kind, size_t size, const char *name)
{
    struct sos_entry *entry = (void *)(transfer + at);
    size_t name_length = strlen(name), length = (sizeof(*entry) + name_length + 7) & ~7ul;

    if (length > bytes - at)
        return 0;
    *entry = (struct sos_entry){
        .kind = kind,
        .size = size,
        .length = (unsigned short)length,
        .name_length = (unsigned short)name_length,
    };
    memcpy(entry->name, name, name_length);
    return length;
}

/* First the volumes, then the own files. */
static size_t list_own(size_t *cookie, size_t bytes)
{
    size_t done = 0, length = 1;
    unsigned int volumes = 0;

    while (volume_name(volumes))
        volumes++;
    for (; length; *cookie += length != 0) {
        const char *volume = volume_name((unsigned int)*cookie);
        struct inode *inode = volume ? NULL : inode_at((unsigned int)*cookie - volumes);

        if (volume)
            length = put_entry(done, bytes, SOS_KIND_FOLDER, 0, volume);
        else
            length = inode ? put_entry(done, bytes, SOS_KIND_FILE, inode->size, inode->name) : 0;
        done += length;
    }
    return done;
}

long call_list(struct task *p, const seL4_Word *argument)
{
    struct open_file *folder = call_file(p, argument[0]);
    size_t bytes = argument[2] < sizeof(transfer) ? argument[2] : sizeof(transfer);
    const char *entries = transfer;
    size_t cookie;
    long n, error;

    if (!folder || folder->kind != FILE_FOLDER)
        return -SOS_EBADF;
    if (!call_is_writable(p, argument[1], argument[2]))
        return -SOS_EFAULT;
    cookie = folder->offset;
    if (folder->inode) {
        n = volume_list(folder->inode, &cookie, bytes);
        entries = volume_buffer(folder->inode);
    } else {
        n = (long)list_own(&cookie, bytes);
    }
    error = n > 0 ? copy_out(&p->space, argument[1], entries, (size_t)n) : 0;
    if (error)
        return error;
    folder->offset = cookie;
    return n;
}

/* -------------------------------------------------------------- reading */

static long read_inode(struct task *p, struct open_file *file, seL4_Word to, seL4_Word bytes)
{
    seL4_Word done = 0;

    while (done < bytes && done < AT_ONCE) {
        seL4_Word want = bytes - done < sizeof(transfer) ? bytes - done : sizeof(transfer);
        long n = inode_read(file->inode, file->offset, transfer, want), error = n;

        if (n >= 0)
            error = copy_out(&p->space, to + done, transfer, (size_t)n);
        if (error < 0)
            return done ? (long)done : error;
        file->offset += (size_t)n;
        done += (size_t)n;
        if ((seL4_Word)n < want)
            break;
    }
    return (long)done;
}

/* The buffer is the server's and ours: what is brought in meanwhile leaves it alone. */
static long read_volume(struct task *p, struct open_file *file, seL4_Word to, seL4_Word bytes)
{
    long n = volume_read(file->inode, file->offset, bytes), error;

    if (n <= 0)
        return n;
    error = copy_out(&p->space, to, volume_buffer(file->inode), (size_t)n);
    if (error)
        return error;
    file->offset += (size_t)n;
    return n;
}

static long read_pipe(struct task *p, struct pipe *pipe, seL4_Word to, seL4_Word bytes)
{
    unsigned int n = bytes < sizeof(transfer) ? (unsigned int)bytes : sizeof(transfer);
    long error;

    if (pipe->count == 0)
        return pipe->writers ? call_wait(p, WAIT_PIPE) : 0;
    n = pipe_take(pipe, transfer, n);
    process_wake(WAIT_PIPE);
    error = copy_out(&p->space, to, transfer, n);
    return error ? error : (long)n;
}

static long read_console(struct task *p, seL4_Word to, seL4_Word bytes)
{
    long n = -1, error;

    if (p->job == console_foreground())
        n = console_read(transfer, bytes < sizeof(transfer) ? bytes : sizeof(transfer));
    if (n < 0)
        return call_wait(p, WAIT_INPUT);
    error = copy_out(&p->space, to, transfer, (size_t)n);
    return error ? error : n;
}

long call_read(struct task *p, const seL4_Word *argument)
{
    struct open_file *file = call_file(p, argument[0]);
    seL4_Word to = argument[1], bytes = argument[2];

    if (!file || !(file->flags & SOS_O_READ))
        return -SOS_EBADF;
    if (!call_is_writable(p, to, bytes))
        return -SOS_EFAULT;
    if (bytes == 0)
        return 0;
    switch (file->kind) {
    case FILE_INODE:
        return file->inode->volume ? read_volume(p, file, to, bytes)
                                   : read_inode(p, file, to, bytes);
    case FILE_PIPE:
        return read_pipe(p, file->pipe, to, bytes);
    case FILE_SOCKET:
        return call_receive(p, (seL4_Word[]){argument[0], to, bytes, 0});
    default:
        return read_console(p, to, bytes);
    }
}

/* -------------------------------------------------------------- writing */

static long write_inode(struct open_file *file, const char *from, size_t bytes)
{
    long n;

    if (inode_is_fixed(file->inode))
        return -SOS_EACCES;
    if (file->flags & SOS_O_APPEND)
        file->offset = file->inode->size;
    n = inode_write(file->inode, file->offset, from, bytes);
    if (n > 0)
        file->offset += (size_t)n;
    return n;
}

/* What the file takes now of the bytes in `transfer`; 0: it has to wait. */
static long write_some(struct open_file *file, size_t bytes)
{
    unsigned int n;

    switch (file->kind) {
    case FILE_INODE:
        return write_inode(file, transfer, bytes);
    case FILE_PIPE:
        if (file->pipe->readers == 0)
            return -SOS_EPIPE;
        n = pipe_put(file->pipe, transfer, (unsigned int)bytes);
        if (n)
            process_wake(WAIT_PIPE);
        return n;
    default:
        return (long)console_write(transfer, bytes);
    }
}

/* One request of the server, which may take less. */
static long write_volume(struct task *p, struct open_file *file, seL4_Word from, seL4_Word bytes)
{
    size_t want = bytes < VOLUME_AT_ONCE ? bytes : VOLUME_AT_ONCE;
    long n = copy_in(&p->space, volume_buffer(file->inode), from, want);

    if (n < 0)
        return n;
    if (file->flags & SOS_O_APPEND) {
        n = volume_size(file->inode);
        if (n < 0)
            return n;
        file->offset = (size_t)n;
    }
    n = volume_write(file->inode, file->offset, want);
    if (n > 0)
        file->offset += (size_t)n;
    return n;
}

/* Goes on from call.done. An error after some bytes is told with the next call. */
long call_write(struct task *p, const seL4_Word *argument)
{
    struct open_file *file = call_file(p, argument[0]);
    seL4_Word bytes = argument[2] < AT_ONCE ? argument[2] : AT_ONCE, *done = &p->call.done;

    if (!file || !(file->flags & SOS_O_WRITE))
        return -SOS_EBADF;
    if (file->kind == FILE_INODE && file->inode->volume)
        return write_volume(p, file, argument[1], argument[2]);
    if (file->kind == FILE_SOCKET)
        return call_send(p, (seL4_Word[]){argument[0], argument[1], argument[2], 0});
    while (*done < bytes) {
        seL4_Word n = bytes - *done < sizeof(transfer) ? bytes - *done : sizeof(transfer);
        long moved = copy_in(&p->space, transfer, argument[1] + *done, n);

        if (moved == 0)
            moved = write_some(file, n);
        if (moved < 0)
            return *done ? (long)*done : moved;
        if (moved == 0)
            return call_wait(p, file->kind == FILE_PIPE ? WAIT_PIPE : WAIT_OUTPUT);
        *done += (seL4_Word)moved;
    }
    return (long)*done;
}

/* -------------------------------------------------------------- the rest */

long call_seek(struct task *p, const seL4_Word *argument)
{
    struct open_file *file = call_file(p, argument[0]);
    long base = 0;

    if (!file)
        return -SOS_EBADF;
    if (file->kind != FILE_INODE || argument[2] > SOS_FROM_END)
        return -SOS_EINVAL;
    if (argument[2] == SOS_FROM_HERE)
        base = (long)file->offset;
    if (argument[2] == SOS_FROM_END)
        base = inode_size(file->inode);
    if (base < 0)
        return base;
    if ((long)((size_t)base + argument[1]) < 0)
        return -SOS_EINVAL;
    file->offset = (size_t)base + argument[1];
    return (long)file->offset;
}

long call_sync(struct task *p, const seL4_Word *argument)
{
    struct open_file *file = call_file(p, argument[0]);

    if (!file || file->kind != FILE_INODE)
        return -SOS_EBADF;
    return file->inode->volume ? volume_sync(file->inode) : 0;
}

long call_close(struct task *p, const seL4_Word *argument)
{
    struct open_file *file = call_file(p, argument[0]);

    if (!file)
        return -SOS_EBADF;
    p->files[argument[0]] = NULL;
    open_release(file);
    return 0;
}

long call_pipe(struct task *p, const seL4_Word *argument)
{
    struct open_file *ends[2];
    int fds[2] = {-1, -1};

    if (!call_is_writable(p, argument[0], sizeof(fds)))
        return -SOS_EFAULT;
    if (!open_pipe(ends))
        return -SOS_ENOMEM;
    for (int i = 0; i < 2; i++)
        fds[i] = (int)new_fd(p, ends[i]);
    if (fds[0] >= 0 && fds[1] >= 0)
        return copy_out(&p->space, argument[0], fds, sizeof(fds));
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0)
            p->files[fds[i]] = NULL;
        open_release(ends[i]);
    }
    return -SOS_ENOMEM;
}
