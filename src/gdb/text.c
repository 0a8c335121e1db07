/* Growing text (see text.h). */
#include "gdb/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void gdb_text_free(struct gdb_text *t)
{
    free(t->data);
    *t = (struct gdb_text){0};
}

void gdb_text_clear(struct gdb_text *t)
{
    t->size = 0;
    t->failed = false;
}

static bool make_room(struct gdb_text *t, size_t more)
{
    size_t room = t->room > 0 ? t->room : 256;
    char *data;

    while (room - t->size < more)
        room *= 2;
    data = room > t->room ? realloc(t->data, room) : t->data;
    if (data == NULL) {
        t->failed = true;
        return false;
    }
    t->data = data;
    t->room = room;
    return true;
}

void gdb_text_add(struct gdb_text *t, const void *bytes, size_t size)
{
    if (size == 0 || !make_room(t, size))
        return;
    memcpy(t->data + t->size, bytes, size);
    t->size += size;
}

void gdb_text_print(struct gdb_text *t, const char *format, ...)
{
    char line[512];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n > 0)
        gdb_text_add(t, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

void gdb_text_hex(struct gdb_text *t, const void *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = bytes;

    for (size_t n = 0; n < size; n++) {
        const char pair[] = {digits[from[n] >> 4], digits[from[n] & 15]};

        gdb_text_add(t, pair, sizeof pair);
    }
}

void gdb_text_xml(struct gdb_text *t, const char *s)
{
    for (; *s != '\0'; s++) {
        switch (*s) {
        case '<':
            gdb_text_print(t, "&lt;");
            break;
        case '>':
            gdb_text_print(t, "&gt;");
            break;
        case '&':
            gdb_text_print(t, "&amp;");
            break;
        case '"':
            gdb_text_print(t, "&quot;");
            break;
        default:
            gdb_text_print(t, "%c", isprint((unsigned char)*s) ? *s : '?');
        }
    }
}

void gdb_text_drop(struct gdb_text *t, size_t size)
{
    if (size == 0)
        return;
    memmove(t->data, t->data + size, t->size - size);
    t->size -= size;
}
