/* Packets of the remote protocol (see packet.h). */
#include "gdb/packet.h"

#include <string.h>

#define ESCAPE      '}'
#define ESCAPE_FLIP 0x20
#define CTRL_C      3

int gdb_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool gdb_is_number(const char *text)
{
    return gdb_digit(*text) >= 0;
}

/* ------------------------------------------------------------------ decoding */

static void start(struct gdb_decoder *d)
{
    d->state = GDB_IN_DATA;
    d->sum = 0;
    d->bad = false;
    d->size = 0;
}

static void add(struct gdb_decoder *d, char c)
{
    if (d->size < GDB_PACKET_MAX)
        d->data[d->size++] = c;
    else
        d->bad = true;
}

static enum gdb_input between(struct gdb_decoder *d, char c)
{
    switch (c) {
    case '$':
        start(d);
        return GDB_MORE;
    case '+':
        return GDB_ACK;
    case '-':
        return GDB_NAK;
    case CTRL_C:
        return GDB_BREAK;
    default: /* noise */
        return GDB_MORE;
    }
}

static enum gdb_input in_data(struct gdb_decoder *d, char c)
{
    /* Who gave up on a packet may begin another. */
    if (c == '$') {
        start(d);
    } else if (c == '#') {
        d->bad = d->bad || d->state == GDB_IN_ESCAPE;
        d->state = GDB_IN_SUM_1;
    } else {
        d->sum = (uint8_t)(d->sum + (uint8_t)c);
        if (d->state == GDB_IN_ESCAPE) {
            add(d, (char)(c ^ ESCAPE_FLIP));
            d->state = GDB_IN_DATA;
        } else if (c == ESCAPE) {
            d->state = GDB_IN_ESCAPE;
        } else {
            add(d, c);
        }
    }
    return GDB_MORE;
}

static enum gdb_input in_sum(struct gdb_decoder *d, char c)
{
    int digit = gdb_digit(c);

    d->bad = d->bad || digit < 0;
    if (d->state == GDB_IN_SUM_1) {
        d->claimed = (uint8_t)(digit & 15);
        d->state = GDB_IN_SUM_2;
        return GDB_MORE;
    }
    d->state = GDB_BETWEEN;
    if (d->bad || (!d->no_sums && d->sum != (uint8_t)(d->claimed << 4 | (digit & 15))))
        return GDB_BAD;
    d->data[d->size] = '\0';
    return GDB_PACKET;
}

enum gdb_input gdb_decode(struct gdb_decoder *d, const char **next, const char *end)
{
    enum gdb_input got = GDB_MORE;

    while (*next < end && got == GDB_MORE) {
        char c = *(*next)++;

        switch (d->state) {
        case GDB_BETWEEN:
            got = between(d, c);
            break;
        case GDB_IN_DATA:
        case GDB_IN_ESCAPE:
            got = in_data(d, c);
            break;
        case GDB_IN_SUM_1:
        case GDB_IN_SUM_2:
            got = in_sum(d, c);
            break;
        }
    }
    return got;
}

/* ------------------------------------------------------------------ encoding */

static const char digits[] = "0123456789abcdef";

size_t gdb_encode(char *to, char first, const char *data, size_t size)
{
    size_t n = 0;
    uint8_t sum = 0;

    to[n++] = first;
    for (size_t i = 0; i < size; i++) {
        char c = data[i];

        if (c == '$' || c == '#' || c == ESCAPE || c == '*') {
            to[n++] = ESCAPE;
            sum = (uint8_t)(sum + ESCAPE);
            c ^= ESCAPE_FLIP;
        }
        to[n++] = c;
        sum = (uint8_t)(sum + (uint8_t)c);
    }
    to[n++] = '#';
    to[n++] = digits[sum >> 4];
    to[n++] = digits[sum & 15];
    return n;
}

/* ------------------------------------------------------------------ words of packets */

uint64_t gdb_number(const char **text)
{
    uint64_t number = 0;

    for (; gdb_is_number(*text); (*text)++)
        number = number << 4 | (uint64_t)gdb_digit(**text);
    return number;
}

bool gdb_skip(const char **text, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*text, word, length) != 0)
        return false;
    *text += length;
    return true;
}

size_t gdb_unhex(const char *text, size_t length, void *bytes, size_t size)
{
    uint8_t *to = bytes;
    size_t n = 0;

    for (; n < size && 2 * n + 1 < length; n++) {
        int high = gdb_digit(text[2 * n]), low = gdb_digit(text[2 * n + 1]);

        if (high < 0 || low < 0)
            break;
        to[n] = (uint8_t)(high << 4 | low);
    }
    return n;
}

static bool one_id(const char **text, int64_t *id)
{
    if (gdb_skip(text, "-1")) {
        *id = GDB_ALL;
        return true;
    }
    if (!gdb_is_number(*text))
        return false;
    *id = (int64_t)(gdb_number(text) & INT64_MAX);
    return true;
}

bool gdb_thread_id(const char **text, struct gdb_thread_id *id)
{
    *id = (struct gdb_thread_id){0, 0};
    if (!gdb_skip(text, "p"))
        return one_id(text, &id->thread);
    if (!one_id(text, &id->process))
        return false;
    id->thread = GDB_ALL;
    return !gdb_skip(text, ".") || one_id(text, &id->thread);
}
