/*
 * A chain of calls through up to 24 processes, each of which calls the next before it answers.
 */
#include "bench.h"
#include "chain.h"

extern const char guest_archive[];

static seL4_CPtr endpoints[CHAIN_LENGTH];

static void start_all(void)
{
    static struct process processes[CHAIN_LENGTH];
    size_t size;
    const void *elf = archive_find(guest_archive, "child", &size);

    for (int i = 0; i < CHAIN_LENGTH; i++)
        endpoints[i] = object_alloc(seL4_EndpointObject, 0);
    for (int i = 0; i < CHAIN_LENGTH; i++) {
        process_create(&processes[i], elf, endpoints[i], 0, PRIO_MAIN);
        if (i + 1 < CHAIN_LENGTH)
            process_give(&processes[i], endpoints[i + 1], CHAIN_NEXT, seL4_AllRights);
        process_start(&processes[i]);
    }
    settle();
}

static void call_through(const char *name, seL4_Word length)
{
    struct bench *bench = bench_open(name, 1);

    while (bench_more(bench)) {
        seL4_Word start;

        seL4_SetMR(CHAIN_LEFT, length - 1);
        seL4_SetMR(CHAIN_PASSED, 0);
        start = cycles();
        seL4_Call(endpoints[0], seL4_MessageInfo_new(0, 0, 0, CHAIN_WORDS));
        bench_add(bench, cycles() - start);
        if (seL4_GetMR(CHAIN_PASSED) != length)
            guest_die("%lu of %lu processes passed it on", seL4_GetMR(CHAIN_PASSED), length);
    }
    bench_close(bench);
}

int main(void)
{
    bench_init();
    start_all();
    call_through("call_chain_2", 2);
    call_through("call_chain_8", 8);
    call_through("call_chain_24", CHAIN_LENGTH);
    return 0;
}
