/*
 * System calls on files, pipes and the console.
 *
 * Addresses are checked before data is taken from where it cannot be put back to.
 */
#include "calls.h"
#include "console.h"

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

long call_wait(struct task *p, enum wait what)
{
    p->call.waiting = what;
    return CALL_WAITS;
}

/* Whether all the addresses are the process's to write to. */
static bool is_writable(struct task *p, seL4_Word start, seL4_Word bytes)
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

long call_open(struct task *p, const seL4_Word *argument)
{
    seL4_Word flags = argument[1];
    char name[SOS_NAME_MAX];
    struct open_file *file;
    struct inode *inode;
    long error = copy_text(&p->space, name, argument[0], sizeof(name));

    if (error)
        return error;
    inode = inode_find(name);
    if (!inode && !(flags & SOS_O_CREATE))
        return -SOS_ENOENT;
    if (inode && (flags & SOS_O_WRITE) && inode_is_fixed(inode))
        return -SOS_EACCES;
    if (!inode)
        inode = inode_create(name);
    if (!inode)
        return name[0] ? -SOS_ENOMEM : -SOS_EINVAL;
    file = open_inode(inode, (unsigned int)flags);
    if (!file)
        return -SOS_ENOMEM;
    error = new_fd(p, file);
    if (error < 0)
        open_release(file);
    else if ((flags & SOS_O_WRITE) && (flags & SOS_O_TRUNCATE))
        inode_truncate(inode);
    return error;
}

static long give_inode(struct task *p, const struct inode *inode, seL4_Word to)
{
    struct sos_file file = {0};

    if (!inode)
        return -SOS_ENOENT;
    file.size = inode->size;
    file.writable = !inode_is_fixed(inode);
    memcpy(file.name, inode->name, sizeof(file.name));
    return copy_out(&p->space, to, &file, sizeof(file));
}

long call_stat(struct task *p, const seL4_Word *argument)
{
    char name[SOS_NAME_MAX];
    long error = copy_text(&p->space, name, argument[0], sizeof(name));

    return error ? error : give_inode(p, inode_find(name), argument[1]);
}

long call_list(struct task *p, const seL4_Word *argument)
{
    return give_inode(p, inode_at((unsigned int)argument[0]), argument[1]);
}

long call_remove(struct task *p, const seL4_Word *argument)
{
    char name[SOS_NAME_MAX];
    long error = copy_text(&p->space, name, argument[0], sizeof(name));
    struct inode *inode;

    if (error)
        return error;
    inode = inode_find(name);
    if (!inode)
        return -SOS_ENOENT;
    if (inode->memory)
        return -SOS_EACCES;
    inode_remove(inode);
    return 0;
}

/* -------------------------------------------------------------- reading */

static long read_inode(struct task *p, struct open_file *file, seL4_Word to, seL4_Word bytes)
{
    seL4_Word done = 0;

    while (done < bytes && done < AT_ONCE) {
        seL4_Word want = bytes - done < sizeof(transfer) ? bytes - done : sizeof(transfer);
        size_t n = inode_read(file->inode, file->offset, transfer, want);
        long error = copy_out(&p->space, to + done, transfer, n);

        if (error)
            return error;
        file->offset += n;
        done += n;
        if (n < want)
            break;
    }
    return (long)done;
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
    if (!is_writable(p, to, bytes))
        return -SOS_EFAULT;
    if (bytes == 0)
        return 0;
    switch (file->kind) {
    case FILE_INODE:
        return read_inode(p, file, to, bytes);
    case FILE_PIPE:
        return read_pipe(p, file->pipe, to, bytes);
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

/* Goes on from call.done. An error after some bytes is told with the next call. */
long call_write(struct task *p, const seL4_Word *argument)
{
    struct open_file *file = call_file(p, argument[0]);
    seL4_Word bytes = argument[2] < AT_ONCE ? argument[2] : AT_ONCE, *done = &p->call.done;

    if (!file || !(file->flags & SOS_O_WRITE))
        return -SOS_EBADF;
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

    if (!is_writable(p, argument[0], sizeof(fds)))
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
