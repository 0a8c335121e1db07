/*
 * Lines of text: collected piece by piece, and handed on when they are whole. Names in a list are
 * wrapped to the width of what shows them.
 */
#ifndef SEL4UX_VIEW_TEXT_H
#define SEL4UX_VIEW_TEXT_H

#include "view/words.h"

#define TEXT_WIDTH 100 /* where nobody says how wide it is */

struct text {
    const struct view_out *out;
    unsigned column, indent; /* of the line so far; of the lines that a list goes on in */
    unsigned lines;          /* that are complete */
    char waiting[1024];
    size_t size;
};

enum text_style { TEXT_PLAIN, TEXT_HEADING, TEXT_BAD };

void text_begin(struct text *t, const struct view_out *out);
void text_end(struct text *t); /* what is still waiting goes out */

void text_put(struct text *t, const char *format, ...) ERROR_PRINTF(2, 3);
void text_line(struct text *t, const char *format, ...) ERROR_PRINTF(2, 3);
void text_style(struct text *t, enum text_style style);
void text_heading(struct text *t, const char *title, uint32_t count);

/* One item of a list that began at `indent`: on the next line where this one has no room. */
void text_item(struct text *t, const char *item, bool is_last);

/* The name in `width` columns, and a space. */
void text_cell(struct text *t, const char *words, unsigned width);

#endif
