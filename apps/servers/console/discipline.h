/*
 * What a terminal does between a port and who reads from it: bytes that wait, and a line that is
 * edited and echoed. The console server has it, and SOS's root task for its own console.
 */
#pragma once

#include "port.h"

#define CTRL(letter) ((letter) - '@')

#define FIFO_BYTES 4096u
#define LINE_BYTES 512u

struct fifo {
    unsigned int head, count;
    char bytes[FIFO_BYTES];
};

static inline unsigned int fifo_room(const struct fifo *f)
{
    return FIFO_BYTES - f->count;
}

bool fifo_put(struct fifo *f, char c); /* false: it is full */
char fifo_take(struct fifo *f);        /* of one that has something */

/* For terminals: a new line is two bytes there. */
void fifo_put_text(struct fifo *f, char c);

/* Hands the port what it takes now; the number of bytes. */
size_t fifo_send(struct fifo *f, const struct port *port);

/* The line that is being edited, or handed out from `at` on when it is ready. */
struct line {
    unsigned int at, length;
    bool ready;
    void (*echo)(const char *text, size_t bytes);
    char bytes[LINE_BYTES];
};

void line_edit(struct line *l, char c); /* of one that is not ready */
void line_drop(struct line *l);

/* Of one that is ready, or that nothing will be added to: bytes, 0 at the end of input. */
size_t line_read(struct line *l, char *to, size_t bytes);
