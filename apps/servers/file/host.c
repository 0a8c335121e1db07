/*
 * Files of the host: one host object for each that is open, and the directories that the server was
 * given. Buffers and paths are handed on; the server's own memory never sees them.
 */
#include "backend.h"

/* File N's object is in slot FIRST_FILE + N, what clients have of it is derived from a copy. */
#define FIRST_FILE  SERVER_OWN
#define DIRECT_SLOT (SERVER_OWN + FILE_FILES)

_Static_assert(FILE_FILES + 1 <= SERVER_OWN_SLOTS, "a slot for each file");

static seL4_CPtr object(unsigned int file)
{
    return FIRST_FILE + file;
}

static seL4_CPtr directory(seL4_Word root)
{
    return SERVER_DEVICES + root % SERVER_DEVICES_MAX;
}

/* An invocation that the kernel itself refuses: there is no such directory, for instance. */
static long checked(long result)
{
    return sel4ux_host_kernel_error(result) ? -SERVER_IO : result;
}

static long host_start(const seL4_Word *words)
{
    (void)words;
    return 0;
}

static long host_open(seL4_Word root, unsigned int file, struct file_range path, seL4_Word flags)
{
    struct sel4ux_host_slot slot = {SERVER_CNODE, object(file), CHILD_RADIX};

    return checked(sel4ux_host_open(directory(root), path.frame, slot, flags));
}

/* What was handed to clients ends with it. */
static void host_close(unsigned int file)
{
    must("revoke a file", seL4_CNode_Revoke(SERVER_CNODE, object(file), CHILD_RADIX));
    must("close a file", seL4_CNode_Delete(SERVER_CNODE, object(file), CHILD_RADIX));
}

static long host_read(unsigned int file, struct file_range to, seL4_Word position)
{
    return checked(sel4ux_host_read(object(file), to.frame, position));
}

static long host_write(unsigned int file, struct file_range from, seL4_Word position)
{
    return checked(sel4ux_host_write(object(file), from.frame, position));
}

static long host_stat(unsigned int file, struct sel4ux_host_status *status)
{
    return checked(sel4ux_host_stat(object(file), status));
}

static long host_stat_path(seL4_Word root, struct file_range path,
                           struct sel4ux_host_status *status)
{
    return checked(sel4ux_host_stat_path(directory(root), path.frame, status));
}

static long host_truncate(unsigned int file, seL4_Word size)
{
    return checked(sel4ux_host_truncate(object(file), size));
}

static long host_sync(unsigned int file)
{
    return checked(sel4ux_host_sync(object(file)));
}

static long host_list(seL4_Word root, unsigned int file, struct file_range entries,
                      seL4_Word *cookie)
{
    return checked(sel4ux_host_list(file ? object(file) : directory(root), entries.frame, cookie));
}

static long host_make_directory(seL4_Word root, struct file_range path)
{
    return checked(sel4ux_host_make_directory(directory(root), path.frame));
}

static long host_remove(seL4_Word root, struct file_range path)
{
    return checked(sel4ux_host_remove(directory(root), path.frame));
}

static long host_rename(seL4_Word root, struct file_range paths, seL4_Word first)
{
    return checked(sel4ux_host_rename(directory(root), paths.frame, first));
}

static long host_direct(unsigned int file, bool writable, seL4_CPtr *cap)
{
    seL4_Error error;

    must("forget a direct file", seL4_CNode_Delete(SERVER_CNODE, DIRECT_SLOT, CHILD_RADIX));
    error = seL4_CNode_Copy(SERVER_CNODE, DIRECT_SLOT, CHILD_RADIX, SERVER_CNODE, object(file),
                            CHILD_RADIX, writable ? seL4_ReadWrite : seL4_CanRead);
    *cap = DIRECT_SLOT;
    return error ? -SERVER_IO : 0;
}

const struct file_backend_ops file_host = {
    .start = host_start,
    .open = host_open,
    .close = host_close,
    .read = host_read,
    .write = host_write,
    .stat = host_stat,
    .stat_path = host_stat_path,
    .truncate = host_truncate,
    .sync = host_sync,
    .list = host_list,
    .make_directory = host_make_directory,
    .remove = host_remove,
    .rename = host_rename,
    .direct = host_direct,
};
