/*
 * What SOS and its processes agree on: the system calls, their errors, and where things lie.
 *
 * A system call is an seL4_Call() on SOS_ENDPOINT. The message's label is the call's number, its
 * four words are the arguments; the first word of the answer is the result, an error if negative.
 * Data travels by address: the root task checks it and copies, so messages never need a buffer.
 */
#pragma once

/* The capabilities of a process: one to call the root task with, one that faults go to. */
#define SOS_ENDPOINT       1
#define SOS_FAULT_ENDPOINT 2

#define SOS_PAGE      4096ul
#define SOS_LOWEST    0x10000ul    /* nothing is mapped below: a null pointer always faults */
#define SOS_HEAP      0x10000000ul /* programs end before it */
#define SOS_HEAP_END  0x20000000ul
#define SOS_MMAP      0x20000000ul
#define SOS_MMAP_END  0x40000000ul
#define SOS_STACK     0x7ff00000ul
#define SOS_STACK_END 0x80000000ul

#define SOS_NAME_MAX 32   /* of an own file or a process, with the zero at its end */
#define SOS_PATH_MAX 256  /* of any file, the same */
#define SOS_ARGS_MAX 1024 /* bytes of all arguments, each with its zero */
#define SOS_FDS      240  /* open files of a process */
#define SOS_POLLS    256  /* of one SOS_POLL */

enum sos_call {
    SOS_EXIT = 1, /* status */
    SOS_SPAWN,    /* path, arguments, their bytes, SOS_SPAWN_* word */
    SOS_WAIT,     /* process or 0 for any, SOS_NOHANG or 0, address of an int for its status */
    SOS_KILL,     /* process */
    SOS_GETPID,
    SOS_STATUS,     /* index, address of a struct sos_process: 0 and the entry, or SOS_ENOENT */
    SOS_OPEN,       /* path, SOS_O_*: a file number */
    SOS_READ,       /* file, address, bytes */
    SOS_WRITE,      /* file, address, bytes */
    SOS_CLOSE,      /* file */
    SOS_STAT,       /* path, address of a struct sos_file */
    SOS_LIST,       /* folder's file number, address, bytes: bytes of struct sos_entry, 0: all */
    SOS_REMOVE,     /* path */
    SOS_PIPE,       /* address of two ints: where one reads and where one writes */
    SOS_SBRK,       /* bytes to grow by; the old end */
    SOS_MMAP_,      /* bytes; the address of fresh pages */
    SOS_MUNMAP,     /* address that SOS_MMAP_ gave */
    SOS_SLEEP,      /* nanoseconds */
    SOS_TIME,       /* nanoseconds since boot */
    SOS_MODE,       /* SOS_COOKED or SOS_RAW: what the console does with input */
    SOS_FOREGROUND, /* job that has the console */
    SOS_INFO,       /* address of a struct sos_info */
    SOS_LIMIT,      /* frames that processes may have together */
    SOS_SHUTDOWN,
    SOS_SEEK,         /* file, distance, SOS_FROM_*: the new position */
    SOS_MKDIR,        /* path */
    SOS_RENAME,       /* path, new path */
    SOS_SYNC,         /* file: what was written to it is safe */
    SOS_DATE,         /* nanoseconds since 1970, SOS_ENOSYS where nobody knows */
    SOS_LISTEN,       /* TCP port: a file, to accept from */
    SOS_ACCEPT,       /* file, SOS_NOWAIT or 0, address of a struct sos_peer or 0: a file */
    SOS_CONNECT,      /* address, port: a file, when the other side has answered */
    SOS_DATAGRAM,     /* UDP port, 0 for any; or SOS_ECHO: a file */
    SOS_SEND,         /* file, address, bytes, SOS_NOWAIT or 0: bytes, at least one */
    SOS_RECEIVE,      /* the same: bytes; 0: no more will come */
    SOS_SEND_TO,      /* file, address, bytes, SOS_TO() */
    SOS_RECEIVE_FROM, /* file, address, bytes, address of a struct sos_peer: one datagram */
    SOS_END_OUTPUT,   /* file: the other side reads its end */
    SOS_POLL,         /* address of struct sos_poll, how many, ns at most: how many are ready */
    SOS_CALLS,
};

enum sos_error {
    SOS_EFAULT = 1, /* an address is not the process's, or not writable */
    SOS_EINVAL,
    SOS_ENOENT,
    SOS_EBADF,
    SOS_EACCES, /* a file that is read-only, or runs */
    SOS_ENOMEM, /* frames, blocks or a table of the root task are used up */
    SOS_EPIPE,  /* nobody reads what is written */
    SOS_EEXEC,  /* not a program */
    SOS_ECHILD,
    SOS_EPERM,
    SOS_ENOSYS,
    SOS_EEXIST,
    SOS_ENOTDIR,
    SOS_EISDIR,
    SOS_ENOTEMPTY,
    SOS_EIO,
    SOS_EAGAIN, /* it would have to wait */
    SOS_EREFUSED,
    SOS_EUNREACH,
    SOS_EBUSY, /* the port, by somebody else */
};

enum {
    SOS_O_READ = 1,
    SOS_O_WRITE = 2,
    SOS_O_CREATE = 4,
    SOS_O_TRUNCATE = 8,
    SOS_O_APPEND = 16,
    SOS_O_FOLDER = 32, /* to be listed */
};
enum { SOS_FROM_START, SOS_FROM_HERE, SOS_FROM_END };
enum { SOS_NOHANG = 1, SOS_NOWAIT = 1 };
enum { SOS_COOKED, SOS_RAW };

/* SOS_SPAWN's fourth word: the child's standard input and output, and its job. */
#define SOS_SPAWN_WORD(in, out, job)                                                               \
    ((unsigned long)(in) | (unsigned long)(out) << 8 | (unsigned long)(job) << 16)
#define SOS_JOB_INHERIT 0xffffff /* the job of who spawns; 0: a job of its own */

/* How a process ended: what it said itself, 0 to 255, or one of these. */
enum { SOS_KILLED = 256, SOS_FAULTED, SOS_NO_MEMORY, SOS_UNREAD /* a page of it */ };

enum sos_state { SOS_RUNNING, SOS_BLOCKED, SOS_ZOMBIE };

struct sos_process {
    int pid, parent, job, state;
    unsigned int resident, swapped; /* pages */
    char name[SOS_NAME_MAX];
};

struct sos_file {
    unsigned long size, modified; /* ns since 1970, 0: nobody knows */
    int writable, folder;
};

/* What SOS_LIST gives, one behind the other. */
struct sos_entry {
    unsigned long kind, size, modified; /* kind: SOS_KIND_* */
    unsigned short length;              /* of the whole entry */
    unsigned short name_length;
    char name[]; /* without an end */
};

enum { SOS_KIND_FOLDER = 1, SOS_KIND_FILE = 2 };

/* Addresses are IPv4's, as numbers: 127.0.0.1 is 0x7f000001. */
struct sos_peer {
    unsigned long address, port;
};

#define SOS_TO(address, port) ((unsigned long)(address) << 16 | (port))
#define SOS_ECHO              0x10000 /* echo requests; the port is the sequence number */

/*
 * What is waited for and what has come. Ready means that it is worth a try without waiting; another
 * may have been quicker. Files that never wait are always ready.
 */
struct sos_poll {
    int file; /* below 0: not looked at */
    unsigned short wanted, ready;
};

enum { SOS_READABLE = 1, SOS_WRITABLE = 2, SOS_HANGUP = 4 /* always wanted */ };
#define SOS_FOREVER (~0ul)

struct sos_info {
    unsigned int frames_used, frames_limit;
    unsigned int blocks_used, blocks_total;
    unsigned int tables_used; /* of pages, 2 MiB of addresses each */
    unsigned int processes, open_files, pipes, sockets;
    unsigned long page_ins, page_outs; /* transfers from and to the disk since boot */
};
