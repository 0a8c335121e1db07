/*
 * The wire format of protocol buffers. Writing: bytes go to memory that the caller has found large
 * enough. Reading: a message is a range of bytes, of which no byte outside is ever looked at.
 */
#ifndef SEL4UX_TRACE_PROTOBUF_H
#define SEL4UX_TRACE_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* ------------------------------------------------------------------ writing */

static inline uint8_t *pb_varint(uint8_t *p, uint64_t value)
{
    while (value >= 0x80) {
        *p++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *p++ = (uint8_t)value;
    return p;
}

static inline uint8_t *pb_tag(uint8_t *p, unsigned field, enum wire_type type)
{
    return pb_varint(p, field << 3 | (unsigned)type);
}

static inline uint8_t *pb_uint(uint8_t *p, unsigned field, uint64_t value)
{
    return pb_varint(pb_tag(p, field, WIRE_VARINT), value);
}

static inline uint8_t *pb_fixed64(uint8_t *p, unsigned field, uint64_t value)
{
    p = pb_tag(p, field, WIRE_FIXED64);
    for (int i = 0; i < 8; i++)
        *p++ = (uint8_t)(value >> 8 * i);
    return p;
}

static inline uint8_t *pb_bytes(uint8_t *p, unsigned field, const void *bytes, size_t size)
{
    p = pb_varint(pb_tag(p, field, WIRE_BYTES), size);
    memcpy(p, bytes, size);
    return p + size;
}

/* A message within: pb_open() leaves room for its size, which pb_close() fills in. */
#define PB_SIZE_BYTES  2
#define PB_MESSAGE_MAX 0x3fffu

static inline uint8_t *pb_open(uint8_t *p, unsigned field)
{
    return pb_tag(p, field, WIRE_BYTES) + PB_SIZE_BYTES;
}

/* `start` is what pb_open() returned, `end` the message's end. */
static inline void pb_close(uint8_t *start, const uint8_t *end)
{
    size_t size = (size_t)(end - start);

    start[-2] = (uint8_t)(size | 0x80);
    start[-1] = (uint8_t)(size >> 7);
}

/* ------------------------------------------------------------------ reading */

struct pb_message {
    const uint8_t *next, *end;
};

struct pb_field {
    unsigned number;
    enum wire_type type;
    uint64_t value;           /* WIRE_VARINT, WIRE_FIXED64, WIRE_FIXED32 */
    struct pb_message nested; /* WIRE_BYTES */
};

enum pb_result { PB_FIELD, PB_END, PB_CUT, PB_BAD };

/* The next field; PB_CUT: the bytes end within it, PB_BAD: it can't be one. After these two the
 * message is as it was. */
enum pb_result pb_next(struct pb_message *message, struct pb_field *field);

#endif
