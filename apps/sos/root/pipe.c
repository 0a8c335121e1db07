/* Open files and pipes, see pipe.h. */
#include "pipe.h"
#include "process.h"
#include "socket.h"

#define MAX_OPEN  320
#define MAX_PIPES 8

static struct open_file table[MAX_OPEN];
static struct pipe pipes[MAX_PIPES];

static struct open_file *open_any(enum file_kind kind, unsigned int flags)
{
    for (struct open_file *f = table; f < table + MAX_OPEN; f++) {
        if (f->kind == FILE_FREE) {
            *f = (struct open_file){.kind = kind, .users = 1, .flags = flags};
            return f;
        }
    }
    return NULL;
}

struct open_file *open_console(void)
{
    return open_any(FILE_CONSOLE, SOS_O_READ | SOS_O_WRITE);
}

struct open_file *open_own_folder(void)
{
    return open_any(FILE_FOLDER, 0);
}

struct open_file *open_inode(struct inode *inode, unsigned int flags)
{
    struct open_file *file = open_any(flags & SOS_O_FOLDER ? FILE_FOLDER : FILE_INODE, flags);

    if (file) {
        file->inode = inode;
        inode_hold(inode);
    }
    return file;
}

bool open_pipe(struct open_file *ends[2])
{
    struct pipe *pipe = pipes;

    while (pipe < pipes + MAX_PIPES && (pipe->readers || pipe->writers))
        pipe++;
    if (pipe == pipes + MAX_PIPES)
        return false;
    ends[0] = open_any(FILE_PIPE, SOS_O_READ);
    ends[1] = open_any(FILE_PIPE, SOS_O_WRITE);
    if (!ends[0] || !ends[1]) {
        for (int i = 0; i < 2; i++) {
            if (ends[i])
                ends[i]->kind = FILE_FREE;
        }
        return false;
    }
    pipe->readers = pipe->writers = 1;
    pipe->head = pipe->count = 0;
    ends[0]->pipe = ends[1]->pipe = pipe;
    return true;
}

struct open_file *open_socket(void)
{
    return open_any(FILE_SOCKET, SOS_O_READ | SOS_O_WRITE);
}

void open_hold(struct open_file *file)
{
    file->users++;
}

void open_release(struct open_file *file)
{
    if (--file->users)
        return;
    if (file->inode)
        inode_release(file->inode);
    if (file->kind == FILE_SOCKET)
        socket_close(file);
    if (file->kind == FILE_PIPE) {
        if (file->flags & SOS_O_READ)
            file->pipe->readers--;
        else
            file->pipe->writers--;
        process_wake(WAIT_PIPE);
    }
    file->kind = FILE_FREE;
}

unsigned int pipe_take(struct pipe *pipe, char *to, unsigned int bytes)
{
    unsigned int n = 0;

    for (; n < bytes && pipe->count; n++, pipe->count--) {
        to[n] = pipe->data[pipe->head];
        pipe->head = (pipe->head + 1) % PIPE_SIZE;
    }
    return n;
}

unsigned int pipe_put(struct pipe *pipe, const char *from, unsigned int bytes)
{
    unsigned int n = 0;

    for (; n < bytes && pipe->count < PIPE_SIZE; n++, pipe->count++)
        pipe->data[(pipe->head + pipe->count) % PIPE_SIZE] = from[n];
    return n;
}

void open_info(struct sos_info *info)
{
    for (struct open_file *f = table; f < table + MAX_OPEN; f++) {
        info->open_files += f->kind != FILE_FREE;
        info->sockets += f->kind == FILE_SOCKET;
    }
    for (struct pipe *p = pipes; p < pipes + MAX_PIPES; p++)
        info->pipes += p->readers || p->writers;
}
