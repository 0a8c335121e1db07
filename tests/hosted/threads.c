/*
 * Threads of a hosted program are Linux threads: the C library works in each of them, they have
 * its thread-local storage and the names of their TCBs.
 */
#include "guest.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define WORKERS  3
#define MESSAGES 5

static struct thread threads[WORKERS];
static seL4_CPtr endpoint;
static __thread long own = 1000;

static void worker(void *argument)
{
    long me = (long)argument;
    seL4_Word *numbers = malloc(MESSAGES * sizeof(*numbers));

    own += me;
    errno = (int)me;
    for (long i = 0; i < MESSAGES; i++) {
        numbers[i] = (seL4_Word)(100 * me + i);
        seL4_SetMR(0, (seL4_Word)me);
        seL4_SetMR(5, numbers[i]);
        seL4_Call(endpoint, seL4_MessageInfo_new(7, 0, 0, 6));
        if (seL4_GetMR(5) != numbers[i] + 1)
            printf("worker %ld: a wrong answer\n", me);
    }
    free(numbers);
    seL4_SetMR(0, (seL4_Word)me);
    seL4_SetMR(1, (seL4_Word)own);
    seL4_SetMR(2, (seL4_Word)errno);
    seL4_Call(endpoint, seL4_MessageInfo_new(8, 0, 0, 3));
}

static void name(long me)
{
    char text[32];

    snprintf(text, sizeof(text), "worker %ld", me);
    seL4_DebugNameThread(threads[me].tcb, text);
}

static void serve(void)
{
    seL4_Word badge;
    int ended = 0;

    while (ended < WORKERS) {
        seL4_MessageInfo_t message = seL4_Recv(endpoint, &badge);

        if (seL4_MessageInfo_get_label(message) == 8) {
            printf("worker %lu ends: its variable is %lu, its errno %lu\n", seL4_GetMR(0),
                   seL4_GetMR(1), seL4_GetMR(2));
            ended++;
        } else {
            printf("worker %lu says %lu\n", seL4_GetMR(0), seL4_GetMR(5));
            seL4_SetMR(5, seL4_GetMR(5) + 1);
            seL4_Reply(message);
        }
    }
}

static void say_name(void *argument)
{
    char text[16];

    (void)argument;
    pthread_getname_np(pthread_self(), text, sizeof(text));
    printf("Linux calls it \"%s\"\n", text);
}

int main(void)
{
    static struct thread named;

    endpoint = object_alloc(seL4_EndpointObject, 0);
    for (long i = 0; i < WORKERS; i++) {
        thread_create(&threads[i], worker, (void *)i, 100, 0);
        name(i);
        thread_start(&threads[i]);
    }
    serve();
    printf("main's variable is %ld\n", own);

    thread_create(&named, say_name, NULL, 255, 0);
    seL4_DebugNameThread(named.tcb, "a name longer than Linux allows");
    thread_start(&named);
    seL4_Yield();
    return 0;
}
