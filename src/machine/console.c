/* Byte streams between the machine and the monitor (see machine.h): one writer, one reader. */
#include "machine/machine.h"

uint32_t console_write(struct console *c, const char *data, uint32_t size)
{
    uint64_t written = atomic_load_explicit(&c->written, memory_order_relaxed);
    uint64_t read = atomic_load_explicit(&c->read, memory_order_acquire);
    uint32_t n = 0;

    while (n < size && written - read < CONSOLE_SIZE)
        c->data[written++ % CONSOLE_SIZE] = data[n++];
    atomic_store_explicit(&c->written, written, memory_order_release);
    return n;
}

uint32_t console_read(struct console *c, char *data, uint32_t size)
{
    uint64_t read = atomic_load_explicit(&c->read, memory_order_relaxed);
    uint64_t written = atomic_load_explicit(&c->written, memory_order_acquire);
    uint32_t n = 0;

    while (n < size && read < written)
        data[n++] = c->data[read++ % CONSOLE_SIZE];
    atomic_store_explicit(&c->read, read, memory_order_release);
    return n;
}
