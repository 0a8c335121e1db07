/* Lines, lists and columns (see text.h). */
#include "view/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void flush(struct text *t)
{
    if (t->size > 0)
        t->out->write(t->out->context, t->waiting, t->size);
    t->size = 0;
}

void text_begin(struct text *t, const struct view_out *out)
{
    t->out = out;
    t->column = t->indent = t->lines = 0;
    t->size = 0;
}

void text_end(struct text *t)
{
    flush(t);
}

static void put(struct text *t, const char *words)
{
    for (; *words != '\0'; words++) {
        if (t->size == sizeof t->waiting)
            flush(t);
        t->waiting[t->size++] = *words;
        t->column++;
        if (*words == '\n') {
            t->column = 0;
            t->lines++;
        }
    }
}

static void put_formatted(struct text *t, const char *format, va_list arguments)
{
    char words[2 * WORDS_SIZE + 2 * NAME_SIZE];

    vsnprintf(words, sizeof words, format, arguments);
    put(t, words);
}

void text_put(struct text *t, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    put_formatted(t, format, arguments);
    va_end(arguments);
}

void text_line(struct text *t, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    put_formatted(t, format, arguments);
    va_end(arguments);
    put(t, "\n");
}

void text_style(struct text *t, enum text_style style)
{
    static const char *const codes[] = {"\033[0m", "\033[1m", "\033[31m"};
    unsigned column = t->column;

    if (!t->out->colour)
        return;
    put(t, codes[style]);
    t->column = column;
}

void text_heading(struct text *t, const char *title, uint32_t count)
{
    text_style(t, TEXT_HEADING);
    text_put(t, "%s", title);
    text_style(t, TEXT_PLAIN);
    if (count != NONE)
        text_put(t, " (%u)", count);
    put(t, "\n");
}

void text_item(struct text *t, const char *item, bool is_last)
{
    unsigned width = t->out->width ? t->out->width : TEXT_WIDTH;
    unsigned length = (unsigned)strlen(item) + !is_last;

    if (t->column + length >= width && t->column > t->indent) {
        put(t, "\n");
        text_put(t, "%*s", (int)t->indent, "");
    }
    text_put(t, "%s%s", item, is_last ? "\n" : ", ");
}

void text_cell(struct text *t, const char *words, unsigned width)
{
    text_put(t, "%-*s ", (int)width, words);
}
