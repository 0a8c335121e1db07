/*
 * Random numbers: Linux's. In virtual time, which is to be the same every time, they are the
 * numbers of a generator that starts from --seed: good for tests, not for keys.
 */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "hostio/random.h"

#define PIECE 256 /* bytes that getrandom() gives without being interrupted */

/* SplitMix64; the state is number[0]. */
static uint64_t next(struct hostio_object *o)
{
    uint64_t z = o->number[0] += 0x9e3779b97f4a7c15ull;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static void repeatable(struct hostio_object *o, char *to, size_t size)
{
    for (size_t done = 0; done < size; done += 8) {
        uint64_t bits = next(o);

        memcpy(to + done, &bits, size - done < 8 ? size - done : 8);
    }
}

static int64_t random_read(struct hostio_object *o, struct hostio_call *call)
{
    char *to = call->buffer;
    size_t size = call->request->size;

    if (o->io->virtual_time) {
        repeatable(o, to, size);
        return (int64_t)size;
    }
    for (size_t done = 0; done < size;) {
        ssize_t n = getrandom(to + done, size - done < PIECE ? size - done : PIECE, 0);

        if (n < 0 && errno != EINTR)
            return hostio_error(errno);
        done += n > 0 ? (size_t)n : 0;
    }
    return (int64_t)size;
}

static const struct hostio_ops random_ops = {
    .events = hostio_always,
    .perform = {[HOSTIO_OP(READ)] = random_read},
};

int random_open(struct hostio_object *o, const struct hostio_spec *spec, struct error *err)
{
    (void)spec;
    (void)err;
    o->number[0] = o->io->seed;
    o->ops = &random_ops;
    return 0;
}
