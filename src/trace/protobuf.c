/* Reading protocol buffers, see protobuf.h. */
#include "trace/protobuf.h"

#define VARINT_MAX 10

static enum pb_result read_varint(struct pb_message *m, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < VARINT_MAX; i++) {
        if (m->next == m->end)
            return PB_CUT;
        *value |= (uint64_t)(*m->next & 0x7f) << 7 * i;
        if ((*m->next++ & 0x80) == 0)
            return PB_FIELD;
    }
    return PB_BAD;
}

static enum pb_result read_fixed(struct pb_message *m, unsigned size, uint64_t *value)
{
    if ((size_t)(m->end - m->next) < size)
        return PB_CUT;
    *value = 0;
    for (unsigned i = 0; i < size; i++)
        *value |= (uint64_t)*m->next++ << 8 * i;
    return PB_FIELD;
}

static enum pb_result read_bytes(struct pb_message *m, struct pb_message *nested)
{
    uint64_t size;
    enum pb_result result = read_varint(m, &size);

    if (result != PB_FIELD)
        return result;
    if (size > (uint64_t)(m->end - m->next))
        return PB_CUT;
    *nested = (struct pb_message){m->next, m->next + size};
    m->next += size;
    return PB_FIELD;
}

static enum pb_result read_value(struct pb_message *m, struct pb_field *field)
{
    switch (field->type) {
    case WIRE_VARINT:
        return read_varint(m, &field->value);
    case WIRE_FIXED64:
        return read_fixed(m, 8, &field->value);
    case WIRE_FIXED32:
        return read_fixed(m, 4, &field->value);
    case WIRE_BYTES:
        return read_bytes(m, &field->nested);
    default:
        return PB_BAD;
    }
}

enum pb_result pb_next(struct pb_message *message, struct pb_field *field)
{
    struct pb_message m = *message;
    enum pb_result result;
    uint64_t tag;

    if (m.next == m.end)
        return PB_END;
    *field = (struct pb_field){0};
    result = read_varint(&m, &tag);
    if (result != PB_FIELD)
        return result;
    if (tag >> 3 == 0 || tag >> 32 != 0)
        return PB_BAD;
    field->number = (unsigned)(tag >> 3);
    field->type = (enum wire_type)(tag & 7);
    result = read_value(&m, field);
    if (result == PB_FIELD)
        *message = m;
    return result;
}
