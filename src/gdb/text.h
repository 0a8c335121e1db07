/* Text and bytes of any length, for what is sent. Without memory it stays as it is and says so. */
#ifndef SEL4UX_GDB_TEXT_H
#define SEL4UX_GDB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct gdb_text {
    char *data; /* owned */
    size_t size, room;
    bool failed; /* something is missing */
};

void gdb_text_free(struct gdb_text *t);
void gdb_text_clear(struct gdb_text *t); /* keeps the memory */
void gdb_text_add(struct gdb_text *t, const void *bytes, size_t size);
void gdb_text_print(struct gdb_text *t, const char *format, ...) ERROR_PRINTF(2, 3);
void gdb_text_hex(struct gdb_text *t, const void *bytes, size_t size);
void gdb_text_xml(struct gdb_text *t, const char *s); /* escaped; what is not printable becomes ? */
void gdb_text_drop(struct gdb_text *t, size_t size);  /* the first bytes */

#endif
