/*
 * Open files and pipes: what the file numbers of processes stand for.
 *
 * An open file is shared by all numbers that were copied from one; the last to close it ends it.
 */
#pragma once

#include "file.h"

#define PIPE_SIZE 4096u

struct pipe {
    unsigned int readers, writers; /* open files; both 0: free */
    unsigned int head, count;
    char data[PIPE_SIZE];
};

enum file_kind { FILE_FREE, FILE_CONSOLE, FILE_INODE, FILE_FOLDER, FILE_PIPE, FILE_SOCKET };

struct open_file {
    enum file_kind kind;
    unsigned int users;
    unsigned int flags;  /* SOS_O_* */
    size_t offset;       /* of a folder: where its list goes on */
    struct inode *inode; /* of a folder: NULL for the own one */
    struct pipe *pipe;
    long socket;                 /* of the network server */
    unsigned int ready, watched; /* SOS_READABLE ..., see socket.h */
};

/* An open file with one user; NULL when the table is full. */
struct open_file *open_console(void);
struct open_file *open_inode(struct inode *inode, unsigned int flags);
struct open_file *open_own_folder(void);
bool open_pipe(struct open_file *ends[2]);
struct open_file *open_socket(void);

void open_hold(struct open_file *file);
void open_release(struct open_file *file);

/* Bytes that were moved now. */
unsigned int pipe_take(struct pipe *pipe, char *to, unsigned int bytes);
unsigned int pipe_put(struct pipe *pipe, const char *from, unsigned int bytes);

void open_info(struct sos_info *info);
