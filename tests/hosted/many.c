/*
 * Many threads: a token goes round a ring of them, then all are deleted.
 */
#include "guest.h"

#include <stdio.h>
#include <stdlib.h>

#define THREADS 300
#define ROUNDS  20

static seL4_CPtr ring[THREADS + 1];
static struct thread *threads;
static unsigned long passed;

static void pass(void *argument)
{
    long me = (long)argument;

    for (;;) {
        seL4_Wait(ring[me], NULL);
        passed++;
        seL4_Signal(ring[me + 1]);
    }
}

int main(void)
{
    threads = calloc(THREADS, sizeof(*threads));
    for (long i = 0; i <= THREADS; i++)
        ring[i] = object_alloc(seL4_NotificationObject, 0);
    for (long i = 0; i < THREADS; i++)
        thread_run(&threads[i], pass, (void *)i, 100);
    for (int round = 0; round < ROUNDS; round++) {
        seL4_Signal(ring[0]);
        seL4_Wait(ring[THREADS], NULL);
    }
    printf("%lu times\n", passed);
    for (long i = 0; i < THREADS; i++)
        must("delete", cap_delete(threads[i].tcb));
    free(threads);
    return 0;
}
