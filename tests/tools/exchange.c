/*
 * A hosted system for debuggers, checkers and profilers to look at. A client hands blocks of its
 * heap to a server by IPC, a producer leaves words in a mailbox for main and signals, a spinner
 * takes part of the CPU by time slices alone. All that they share is in the order that IPC gives.
 *
 * PLANT=heap, =leak, =overflow or =race in the environment adds a mistake that a checker must find;
 * PLANT=stay makes it go on for ever.
 */
#include "guest.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS   40
#define LETTERS  6
#define WORDS    8
#define PRIORITY 100

static seL4_CPtr endpoint, full, empty, ended;
static struct thread server, client, producer, spinner, racer[2];
static volatile unsigned long mailbox; /* volatile: each change of it is for debuggers to see */
static atomic_bool stop;
static long unordered;

static bool is_planted(const char *what)
{
    const char *plant = getenv("PLANT");

    return plant != NULL && strcmp(plant, what) == 0;
}

/* ------------------------------------------------------------------ client and server */

/* Reads behind the end of the block if that is planted. */
__attribute__((noinline)) static unsigned long answer(const unsigned long *words, long round)
{
    unsigned long sum = (unsigned long)round;

    for (int i = 0; i < WORDS + is_planted("heap"); i++)
        sum += words[i];
    return sum;
}

#ifdef CONFIG_KERNEL_MCS
static seL4_CPtr reply;

static void make_reply(void)
{
    reply = object_alloc(seL4_ReplyObject, 0);
}

static void receive(void)
{
    seL4_Recv(endpoint, NULL, reply);
}

static void reply_and_receive(void)
{
    seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 1), NULL, reply);
}
#else
static void make_reply(void)
{
}

static void receive(void)
{
    seL4_Recv(endpoint, NULL);
}

static void reply_and_receive(void)
{
    seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 1), NULL);
}
#endif

static void serve(void *argument)
{
    (void)argument;
    receive();
    for (;;) {
        unsigned long *words = (unsigned long *)seL4_GetMR(0);
        unsigned long sum = answer(words, (long)seL4_GetMR(1));

        words[0] = sum;
        seL4_SetMR(0, sum);
        reply_and_receive();
    }
}

__attribute__((noinline)) static unsigned long ask(unsigned long *words, long round)
{
    unsigned long sum;

    seL4_SetMR(0, (seL4_Word)words);
    seL4_SetMR(1, (seL4_Word)round);
    seL4_Call(endpoint, seL4_MessageInfo_new(0, 0, 0, 2));
    sum = seL4_GetMR(0); /* after the call */
    return sum;
}

static void be_client(void *argument)
{
    unsigned long total = 0;
    int limit = is_planted("overflow") ? INT_MAX : 0;

    (void)argument;
    for (long round = 0; round < ROUNDS; round++) {
        unsigned long *words = malloc(WORDS * sizeof(*words));

        for (int i = 0; i < WORDS; i++)
            words[i] = (unsigned long)(round * i);
        if (ask(words, round) != words[0])
            printf("round %ld: a wrong sum\n", round);
        total += words[0];
        if (!is_planted("leak"))
            free(words);
        if (round % 10 == 0)
            seL4_Yield(); /* to the spinner, until its time slice is over */
    }
    limit += (int)(total % 2) + 1;
    printf("client: %lu%s\n", total, limit > 0 ? "" : ", wrapped");
    seL4_Signal(ended);
}

/* ------------------------------------------------------------------ the others */

static void produce(void *argument)
{
    (void)argument;
    for (unsigned long letter = 1; letter <= LETTERS; letter++) {
        mailbox = 11 * letter;
        seL4_Signal(full);
        seL4_Wait(empty, NULL);
    }
}

__attribute__((noinline)) static unsigned long burn_time(unsigned long count)
{
    for (int i = 0; i < 1000; i++)
        count = count * 3 + 1;
    return count;
}

static void be_spinner(void *argument)
{
    unsigned long count = 0, turns = 0;

    (void)argument;
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        count = burn_time(count);
        turns++;
    }
    printf("spinner: %s\n", turns > 0 && count > 0 ? "took turns" : "never ran");
    seL4_Signal(ended);
}

static void race(void *argument)
{
    (void)argument;
    for (int i = 0; i < 10; i++) {
        unordered++;
        seL4_Yield();
    }
    seL4_Signal(ended);
}

/* ------------------------------------------------------------------ main */

static void start(struct thread *thread, const char *name, void (*run)(void *))
{
    thread_create(thread, run, NULL, PRIORITY, 0);
    seL4_DebugNameThread(thread->tcb, name);
    thread_start(thread);
}

static unsigned long collect(void)
{
    unsigned long total = 0;

    for (int letter = 0; letter < LETTERS; letter++) {
        seL4_Wait(full, NULL);
        total += mailbox;
        seL4_Signal(empty);
    }
    return total;
}

static void wait_for_end(void)
{
    seL4_Wait(ended, NULL);
}

int main(void)
{
    unsigned long collected;

    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    endpoint = object_alloc(seL4_EndpointObject, 0);
    make_reply();
    full = object_alloc(seL4_NotificationObject, 0);
    empty = object_alloc(seL4_NotificationObject, 0);
    ended = object_alloc(seL4_NotificationObject, 0);
    start(&spinner, "spinner", be_spinner);
    start(&producer, "producer", produce);
    collected = collect();
    printf("main: %lu\n", collected);
    start(&server, "server", serve);
    start(&client, "client", be_client);
    wait_for_end();
    if (is_planted("race")) {
        start(&racer[0], "racer 0", race);
        start(&racer[1], "racer 1", race);
        wait_for_end();
        wait_for_end();
    }
    atomic_store_explicit(&stop, !is_planted("stay"), memory_order_relaxed);
    wait_for_end();
    return 0;
}
