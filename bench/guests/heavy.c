/*
 * The heavy workload: cycles for a request to a server in another process, all else included.
 */
#include "heavy.h"

int main(void)
{
    struct bench *bench;

    bench_init();
    heavy_start();
    bench = bench_open("macro_heavy", (seL4_Word)HEAVY_ROUNDS * HEAVY_REQUEST);
    bench_limit(bench, 2, 1000, 5);
    while (bench_more(bench))
        bench_add(bench, heavy_batch());
    bench_close(bench);
    heavy_check();
    return 0;
}
