/*
 * The packets of GDB's remote serial protocol: from bytes to packets and back. Pure; nothing that a
 * peer sends makes it read or write outside of what it is given.
 *
 *     $ DATA # CC     CC: sum of DATA's bytes as sent, in hex; } XX stands for XX ^ 0x20
 */
#ifndef SEL4UX_GDB_PACKET_H
#define SEL4UX_GDB_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GDB_PACKET_MAX 16384 /* bytes of DATA, as sent */

enum gdb_input {
    GDB_MORE,   /* no more in the bytes that there were */
    GDB_PACKET, /* `data` and `size` hold one, unescaped and with a zero behind it */
    GDB_BAD,    /* one was damaged, or too long: it has to be sent again */
    GDB_ACK,
    GDB_NAK,
    GDB_BREAK, /* Ctrl-C */
};

enum gdb_decoding { GDB_BETWEEN, GDB_IN_DATA, GDB_IN_ESCAPE, GDB_IN_SUM_1, GDB_IN_SUM_2 };

struct gdb_decoder {
    enum gdb_decoding state;
    uint8_t sum;     /* of the bytes so far */
    uint8_t claimed; /* the first digit of what the peer says it is */
    bool bad;        /* a digit was none, or it is too long */
    bool no_sums;    /* sums are not checked any more (QStartNoAckMode) */
    size_t size;
    char data[GDB_PACKET_MAX + 1];
};

/* Takes bytes from [*next, end) up to the end of one thing that was sent, and moves *next there. */
enum gdb_input gdb_decode(struct gdb_decoder *d, const char **next, const char *end);

/* The most bytes that encoding `size` bytes of data takes. */
#define GDB_ENCODED_MAX(size) (2 * (size) + 4)

/* Writes a packet that starts with `start` ('$', or '%' for a notification); returns its length. */
size_t gdb_encode(char *to, char start, const char *data, size_t size);

/* ------------------------------------------------------------------ words of packets */

int gdb_digit(char c); /* -1: not a hexadecimal digit */
bool gdb_is_number(const char *text);

/*
 * A hexadecimal number at *text, which is moved behind it; 0 and no move if there is none. What
 * does not fit in 64 bits loses its upper ones.
 */
uint64_t gdb_number(const char **text);

/* If *text begins with `word`, moves behind it. */
bool gdb_skip(const char **text, const char *word);

/* Bytes from pairs of digits: how many there were, at most `size`. */
size_t gdb_unhex(const char *text, size_t length, void *bytes, size_t size);

/*
 * A thread in a packet: [p PID .] TID, each a number, 0 for any or -1 for all; without a process it
 * is any one. False: it is none.
 */
#define GDB_ALL -1

struct gdb_thread_id {
    int64_t process, thread;
};

bool gdb_thread_id(const char **text, struct gdb_thread_id *id);

#endif
