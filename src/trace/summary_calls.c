/* Edges between tracks, latencies of the calls along them, and the slowest of all. */
#include "trace/summary_calls.h"

#include <stdlib.h>

void *summary_add(struct summary *s, struct array *a, size_t count)
{
    if (a->count + count > a->room) {
        size_t room = (a->count + count) * 2;
        void *things = realloc(a->things, room * a->size);

        if (things == NULL) {
            s->no_memory = true;
            return NULL;
        }
        a->things = things;
        a->room = room;
    }
    a->count += count;
    return (char *)a->things + (a->count - count) * a->size;
}

struct summary_edge *summary_edge(struct summary *s, uint32_t from, uint32_t to)
{
    uint64_t key = ((uint64_t)from + 1) << 32 | ((uint64_t)to + 1);
    bool known = map_find(&s->edge_by_ends, key) != NULL;
    struct summary_edge *edge = map_get(&s->edge_by_ends, key), **listed;

    if (edge == NULL) {
        s->no_memory = true;
        return NULL;
    }
    listed = known ? NULL : summary_add(s, &s->edges, 1);
    if (listed != NULL)
        *listed = edge;
    return edge;
}

/* Buckets of a histogram: four for each power of two. */
static unsigned bucket_of(uint64_t ns)
{
    unsigned power;

    if (ns < 4)
        return (unsigned)ns;
    power = 63 - (unsigned)__builtin_clzll(ns);
    return power * 4 + (unsigned)(ns >> (power - 2) & 3);
}

static uint64_t bucket_middle(unsigned bucket)
{
    unsigned power = bucket / 4;
    uint64_t width;

    if (bucket < 4)
        return bucket;
    width = 1ull << (power - 2);
    return (4 + bucket % 4) * width + width / 2;
}

uint64_t summary_quantile(const struct summary_edge *edge, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)edge->calls), seen = 0;

    for (unsigned i = 0; i < SUMMARY_BUCKETS; i++) {
        seen += edge->histogram[i];
        if (seen > wanted) {
            uint64_t middle = bucket_middle(i); /* of one that is in use */

            return middle < edge->min_ns   ? edge->min_ns
                   : middle > edge->max_ns ? edge->max_ns
                                           : middle;
        }
    }
    return edge->max_ns;
}

/* Keeps the slowest, slowest first. */
static void list_call(struct summary *s, struct summary_call call)
{
    struct summary_call *calls;
    size_t n = s->calls.count;

    if (n == SUMMARY_SLOWEST &&
        ((struct summary_call *)s->calls.things)[n - 1].duration >= call.duration)
        return;
    if (n < SUMMARY_SLOWEST) {
        if (summary_add(s, &s->calls, 1) == NULL)
            return;
        n++;
    }
    calls = s->calls.things;
    for (n--; n > 0 && calls[n - 1].duration < call.duration; n--)
        calls[n] = calls[n - 1];
    calls[n] = call;
}

void summary_end_call(struct summary *s, uint32_t from, uint32_t to, uint64_t start,
                      uint64_t duration, uint64_t label)
{
    struct summary_edge *edge = summary_edge(s, from, to);

    if (edge == NULL)
        return;
    edge->min_ns = edge->calls == 0 || duration < edge->min_ns ? duration : edge->min_ns;
    edge->max_ns = duration > edge->max_ns ? duration : edge->max_ns;
    edge->total_ns += duration;
    edge->calls++;
    edge->histogram[bucket_of(duration)]++;
    list_call(s, (struct summary_call){start, duration, label, from, to});
}
