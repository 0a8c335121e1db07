/*
 * Threads of one priority take turns though none ever waits, and none is stopped inside the C
 * library: two that allocate and print all the time would soon wait for each other's lock.
 */
#include "guest.h"

#include <stdio.h>
#include <stdlib.h>

#define ENOUGH 3000

static struct thread threads[5];
static volatile unsigned long counts[5];
static volatile bool stop;
static seL4_CPtr ended;

static void count(void *argument)
{
    long me = (long)argument;

    while (!stop)
        counts[me]++;
    seL4_Signal(ended);
}

/* What the C library does under its locks. */
static void use_library(void *argument)
{
    long me = (long)argument;

    while (!stop) {
        char *text = malloc(64 + counts[me] % 5000);

        snprintf(text, 64, "%lu %f", counts[me], (double)counts[me]);
        fputs(text, stderr);
        free(text);
        counts[me]++;
    }
    seL4_Signal(ended);
}

/* All the others have run for a while. */
static void watch(void *argument)
{
    (void)argument;
    for (int i = 0; i < 4; i++) {
        while (counts[i] < ENOUGH) {
        }
    }
    stop = true;
    seL4_Signal(ended);
}

int main(void)
{
    static char buffer[4096];

    setvbuf(freopen("/dev/null", "w", stderr), buffer, _IOFBF, sizeof(buffer));
    ended = object_alloc(seL4_NotificationObject, 0);
    thread_run(&threads[0], count, (void *)0, 100);
    thread_run(&threads[1], use_library, (void *)1, 100);
    thread_run(&threads[2], count, (void *)2, 100);
    thread_run(&threads[3], use_library, (void *)3, 100);
    thread_run(&threads[4], watch, NULL, 100);
    for (int i = 0; i < 5; i++)
        seL4_Wait(ended, NULL);
    printf("all of them ran\n");
    return 0;
}
