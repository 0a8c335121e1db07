/*
 * The heavy workload for ever: a line after each BATCHES batches, and the end when something is
 * lost or wrong. Give it a time-out.
 */
#include "heavy.h"

#define BATCHES 1000

int main(void)
{
    bench_init();
    heavy_start();
    for (;;) {
        seL4_Word spent = 0;

        for (int i = 0; i < BATCHES; i++)
            spent += heavy_batch();
        heavy_check();
        guest_printf("INFO %s %lu cycles for each request\n", guest_name,
                     spent / ((seL4_Word)BATCHES * HEAVY_ROUNDS * HEAVY_REQUEST));
    }
}
