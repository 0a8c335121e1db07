/*
 * The statistics of benchmarks, see bench.h. A benchmark ends after BUDGET cycles, but not before
 * it has MIN_SAMPLES, nor later than with MAX_SAMPLES.
 */
#include "bench.h"

#define BUDGET      (100ul * 1000 * 1000)
#define WARM_UP     16
#define MIN_SAMPLES 10
#define MAX_SAMPLES 2000
#define MAX_OPEN    8

static seL4_Word pool[MAX_OPEN][MAX_SAMPLES];
static struct bench benches[MAX_OPEN];
static seL4_Word overhead;

struct bench *bench_open(const char *name, seL4_Word per)
{
    for (int i = 0; i < MAX_OPEN; i++) {
        struct bench *bench = &benches[i];

        if (bench->samples)
            continue;
        if (strlen(name) >= sizeof(bench->name))
            guest_die("too long a name: %s", name);
        *bench = (struct bench){.per = per,
                                .skip = WARM_UP,
                                .limit = MAX_SAMPLES,
                                .started = cycles(),
                                .budget = BUDGET,
                                .samples = pool[i]};
        memcpy(bench->name, name, strlen(name) + 1);
        return bench;
    }
    guest_die("too many benchmarks are open");
}

void bench_limit(struct bench *bench, seL4_Word skip, seL4_Word limit, seL4_Word times)
{
    bench->skip = skip;
    bench->limit = limit;
    bench->budget = times * BUDGET;
}

/* Where a sample takes long, one of them warms up as well as sixteen. */
bool bench_more(struct bench *bench)
{
    seL4_Word spent = cycles() - bench->started;

    if (bench->count == bench->limit || spent > 20 * bench->budget)
        return false;
    return spent < bench->budget || bench->count < MIN_SAMPLES;
}

void bench_add(struct bench *bench, seL4_Word difference)
{
    bool late = cycles() - bench->started > bench->budget / 4;

    if (bench->skip > 0) {
        bench->skip = late ? 0 : bench->skip - 1;
        return;
    }
    /* Stamps of two processors may differ by more than what lies between them. */
    if ((long)difference < 0 || bench->count == bench->limit)
        return;
    difference = difference > overhead ? difference - overhead : 0;
    bench->samples[bench->count++] = (difference + bench->per / 2) / bench->per;
}

static void sift_down(seL4_Word *values, seL4_Word root, seL4_Word count)
{
    for (;;) {
        seL4_Word child = 2 * root + 1, value = values[root];

        if (child >= count)
            return;
        if (child + 1 < count && values[child + 1] > values[child])
            child++;
        if (values[child] <= value)
            return;
        values[root] = values[child];
        values[child] = value;
        root = child;
    }
}

static void sort(seL4_Word *values, seL4_Word count)
{
    for (seL4_Word i = count / 2; i-- > 0;)
        sift_down(values, i, count);
    for (seL4_Word end = count; end-- > 1;) {
        seL4_Word largest = values[0];

        values[0] = values[end];
        values[end] = largest;
        sift_down(values, 0, end);
    }
}

static seL4_Word percentile(const struct bench *bench, seL4_Word percent)
{
    return bench->samples[(bench->count - 1) * percent / 100];
}

void bench_close(struct bench *bench)
{
    sort(bench->samples, bench->count);
    if (bench->count == 0)
        guest_printf("BENCH %s none\n", bench->name);
    else
        guest_printf("BENCH %s cycles %lu %lu %lu %lu %lu %lu %lu\n", bench->name, bench->count,
                     percentile(bench, 0), percentile(bench, 25), percentile(bench, 50),
                     percentile(bench, 75), percentile(bench, 95), percentile(bench, 100));
    bench->samples = NULL;
}

const char *bench_name(const char *base, const char *suffix)
{
    static char names[4][64];
    static unsigned int next;
    char *name = names[next++ % 4];
    size_t length = strlen(base), more = suffix ? strlen(suffix) : 0;

    if (length + more + 2 > sizeof(names[0]))
        guest_die("too long a name: %s", base);
    memcpy(name, base, length + 1);
    if (more) {
        name[length] = '_';
        memcpy(name + length + 1, suffix, more + 1);
    }
    return name;
}

void settle(void)
{
    must("lower", seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, PRIO_IDLE));
    must("raise", seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, PRIO_MAIN));
}

/* The cost of two time stamps is the median of many pairs with nothing in between. */
void bench_init(void)
{
    struct bench *empty = bench_open("timer_overhead", 1);

    must("priority", seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, PRIO_MAIN));
    for (int i = 0; i < 500; i++) {
        seL4_Word start = cycles();

        bench_add(empty, cycles() - start);
    }
    sort(empty->samples, empty->count);
    overhead = percentile(empty, 50);
    guest_printf("INFO %s overhead %lu\n", guest_name, overhead);
    empty->samples = NULL;
}
