/*
 * The numbers of the interface to host objects, for both of its sides: <sel4ux/host.h> says what
 * they mean and how to use them. Needs no other header.
 */
#ifndef SEL4UX_HOST_NUMBERS_H
#define SEL4UX_HOST_NUMBERS_H

enum sel4ux_host_kind {
    SEL4UX_HOST_NONE,
    SEL4UX_HOST_DIRECTORY,
    SEL4UX_HOST_FILE,     /* made by sel4ux_host_open() */
    SEL4UX_HOST_BLOCK,    /* a file of fixed size: read, write, sync, stat */
    SEL4UX_HOST_TERMINAL, /* where sel4ux runs; the serial port gets no input then */
    SEL4UX_HOST_LISTENER, /* TCP: accept */
    SEL4UX_HOST_PEER,     /* TCP: an address that may be connected to */
    SEL4UX_HOST_STREAM,   /* TCP: made by accept and connect */
    SEL4UX_HOST_UDP, /* a bound socket: receives from anyone, sends as far as the user allowed */
    SEL4UX_HOST_ETHERNET, /* one frame a read or write: a TAP device or a user-mode network */
    SEL4UX_HOST_CLOCK,    /* date; an alarm */
    SEL4UX_HOST_RANDOM,   /* read */
};

#define SEL4UX_HOST_NAME_SIZE 48 /* with the end */
#define SEL4UX_HOST_PATH_MAX  1024
#define SEL4UX_HOST_MOVE_MAX  (2ul << 20) /* bytes that one request moves at the most */

/* Boot info: the id of the chunk that lists what the user allowed. */
#define SEL4UX_BOOTINFO_HOST 0x53585548ul

/* A result is a number from 0 on, or one of these, negated. */
enum sel4ux_host_error {
    SEL4UX_HOST_OK,
    SEL4UX_HOST_AGAIN, /* not now: wait for the interrupt */
    SEL4UX_HOST_NOT_FOUND,
    SEL4UX_HOST_EXISTS,
    SEL4UX_HOST_NOT_PERMITTED, /* by the user's options, the capability's rights or Linux */
    SEL4UX_HOST_NOT_DIRECTORY,
    SEL4UX_HOST_IS_DIRECTORY,
    SEL4UX_HOST_NOT_EMPTY,
    SEL4UX_HOST_BAD_PATH, /* empty, absolute, too long, with a NUL or leading outside */
    SEL4UX_HOST_BAD_ARGUMENT,
    SEL4UX_HOST_NO_SPACE,
    SEL4UX_HOST_TOO_LARGE,
    SEL4UX_HOST_TOO_MANY, /* open objects, here or in Linux */
    SEL4UX_HOST_BUSY,
    SEL4UX_HOST_CLOSED,        /* the other side has gone, or was shut down */
    SEL4UX_HOST_REFUSED,       /* connection refused */
    SEL4UX_HOST_UNREACHABLE,   /* network, host, or timed out */
    SEL4UX_HOST_NOT_SUPPORTED, /* by this kind of object or file */
    SEL4UX_HOST_IO,            /* anything else that went wrong in Linux */
    SEL4UX_HOST_ERROR_COUNT,
    SEL4UX_HOST_REFUSED_BY_KERNEL = 256,
};

/* Invocation labels, the same in every kernel configuration. */
#define SEL4UX_HOST_LABEL(n) (0x53580000ul + (n))

enum sel4ux_host_label {
    SEL4UX_HOST_IDENTIFY =
        SEL4UX_HOST_LABEL(1),                /* -> kind, writable, 2 words by kind (see below) */
    SEL4UX_HOST_BIND = SEL4UX_HOST_LABEL(2), /* cap: notification */
    SEL4UX_HOST_UNBIND = SEL4UX_HOST_LABEL(3),
    SEL4UX_HOST_ACK = SEL4UX_HOST_LABEL(4),      /* events */
    SEL4UX_HOST_POLL = SEL4UX_HOST_LABEL(5),     /* -> events that are true now */
    SEL4UX_HOST_READ = SEL4UX_HOST_LABEL(6),     /* buf, position; result: bytes */
    SEL4UX_HOST_WRITE = SEL4UX_HOST_LABEL(7),    /* buf, position; result: bytes */
    SEL4UX_HOST_STAT = SEL4UX_HOST_LABEL(8),     /* -> struct sel4ux_host_status, a word each */
    SEL4UX_HOST_TRUNCATE = SEL4UX_HOST_LABEL(9), /* size */
    SEL4UX_HOST_SYNC = SEL4UX_HOST_LABEL(10),
    SEL4UX_HOST_OPEN = SEL4UX_HOST_LABEL(11),      /* buf: path; dest; flags. caps: frame, CNode */
    SEL4UX_HOST_STAT_PATH = SEL4UX_HOST_LABEL(12), /* buf: path -> as STAT */
    SEL4UX_HOST_LIST =
        SEL4UX_HOST_LABEL(13), /* buf: for entries; cookie; result: bytes -> cookie */
    SEL4UX_HOST_MAKE_DIRECTORY = SEL4UX_HOST_LABEL(14), /* buf: path */
    SEL4UX_HOST_REMOVE = SEL4UX_HOST_LABEL(15), /* buf: path of a file or an empty directory */
    SEL4UX_HOST_RENAME = SEL4UX_HOST_LABEL(16), /* buf: both paths; length of the first */
    SEL4UX_HOST_ACCEPT = SEL4UX_HOST_LABEL(17), /* dest; cap: CNode -> address, port */
    SEL4UX_HOST_CONNECT =
        SEL4UX_HOST_LABEL(18), /* dest, address, port (0, 0: the peer's only one) */
    SEL4UX_HOST_SHUTDOWN = SEL4UX_HOST_LABEL(19),     /* no more will be written */
    SEL4UX_HOST_SEND_TO = SEL4UX_HOST_LABEL(20),      /* buf, address, port; result: bytes */
    SEL4UX_HOST_RECEIVE_FROM = SEL4UX_HOST_LABEL(21), /* buf; result: bytes -> address, port */
    SEL4UX_HOST_CLOCK_READ = SEL4UX_HOST_LABEL(22),   /* -> ns since 1970, ns since boot */
    SEL4UX_HOST_CLOCK_ALARM =
        SEL4UX_HOST_LABEL(23), /* ns since boot; 0: none. Then it is readable */
    SEL4UX_HOST_TERMINAL_MODE = SEL4UX_HOST_LABEL(24), /* bits of enum sel4ux_host_terminal_mode */
    SEL4UX_HOST_TERMINAL_SIZE = SEL4UX_HOST_LABEL(25), /* -> columns, rows (0, 0: it is none) */
};

enum sel4ux_host_events {
    SEL4UX_HOST_READABLE = 1, /* a read, accept or receive would not return AGAIN */
    SEL4UX_HOST_WRITABLE = 2, /* the same of a write; of a new connection: it is decided */
    SEL4UX_HOST_HANGUP = 4,   /* the other side has gone; signalled whether asked for or not */
};

enum sel4ux_host_open_flags {
    SEL4UX_HOST_OPEN_WRITE = 1,     /* read as well */
    SEL4UX_HOST_OPEN_CREATE = 2,    /* if it does not exist; needs WRITE */
    SEL4UX_HOST_OPEN_EXCLUSIVE = 4, /* with CREATE: it must not exist */
    SEL4UX_HOST_OPEN_TRUNCATE = 8,  /* needs WRITE */
    SEL4UX_HOST_OPEN_DIRECTORY =
        16, /* a directory object, of what lies below; WRITE: its files may be */
};

enum sel4ux_host_terminal_mode {
    SEL4UX_HOST_TERMINAL_RAW =
        1, /* bytes as they are typed, without echo; else Linux edits lines */
};

#endif
