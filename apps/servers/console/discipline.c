/* Bytes that wait, and lines that are edited (see discipline.h). */
#include "discipline.h"

#define ERASE 0x7f

bool fifo_put(struct fifo *f, char c)
{
    if (f->count == FIFO_BYTES)
        return false;
    f->bytes[(f->head + f->count++) % FIFO_BYTES] = c;
    return true;
}

char fifo_take(struct fifo *f)
{
    char c = f->bytes[f->head];

    f->head = (f->head + 1) % FIFO_BYTES;
    f->count--;
    return c;
}

void fifo_put_text(struct fifo *f, char c)
{
    if (c == '\n')
        fifo_put(f, '\r');
    fifo_put(f, c);
}

size_t fifo_send(struct fifo *f, const struct port *port)
{
    size_t sent = 0, n = 1;

    while (f->count && n) {
        unsigned int to_end = FIFO_BYTES - f->head;

        n = port->write(f->bytes + f->head, f->count < to_end ? f->count : to_end);
        f->head = (f->head + (unsigned int)n) % FIFO_BYTES;
        f->count -= (unsigned int)n;
        sent += n;
    }
    return sent;
}

static void erase(struct line *l)
{
    if (l->length == 0)
        return;
    l->length--;
    l->echo("\b \b", 3);
}

void line_edit(struct line *l, char c)
{
    if (c == '\r')
        c = '\n';
    if (c == ERASE || c == '\b') {
        erase(l);
    } else if (c == CTRL('U')) {
        while (l->length)
            erase(l);
    } else if (c == CTRL('D')) {
        l->ready = true;
    } else if (c == '\n' || (c >= ' ' && l->length < LINE_BYTES - 1)) {
        l->bytes[l->length++] = c;
        l->echo(&c, 1);
        l->ready = c == '\n';
    }
}

void line_drop(struct line *l)
{
    l->at = l->length = 0;
    l->ready = false;
}

size_t line_read(struct line *l, char *to, size_t bytes)
{
    size_t n = 0;

    while (n < bytes && l->at < l->length)
        to[n++] = l->bytes[l->at++];
    if (l->at == l->length)
        line_drop(l);
    return n;
}
