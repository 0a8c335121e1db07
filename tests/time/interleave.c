/*
 * Who runs when time slices end: two threads of one priority that print, and two that only look at
 * memory and never enter the kernel.
 */
#include "guest.h"

#define LETTERS 12000 /* a thread: some time slices */

static struct thread threads[4];
static seL4_CPtr done;
static char order[2 * LETTERS + 1];
static volatile unsigned int length;
static volatile unsigned int turn;

/* A system call for each letter: where slices end is a matter of time. */
static void letters(void *argument)
{
    for (int i = 0; i < LETTERS; i++) {
        order[length++] = (char)(long)argument;
        seL4_Poll(done, NULL);
    }
    seL4_Signal(done);
}

static void pass_the_turn(void *argument)
{
    unsigned int me = (unsigned int)(long)argument;

    for (int i = 0; i < 3; i++) {
        while (turn != me)
            continue;
        turn = 1 - me;
    }
    seL4_Signal(done);
}

static void run_both(void (*run)(void *), void *first, void *second, struct thread *pair)
{
    thread_run(&pair[0], run, first, 100);
    thread_run(&pair[1], run, second, 100);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 1);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
}

int main(void)
{
    unsigned int runs = 0;

    done = object_alloc(seL4_NotificationObject, 0);
    run_both(letters, (void *)'a', (void *)'b', &threads[0]);
    for (unsigned int i = 0, start = 0; i <= length; i++) {
        if (order[i] == order[start])
            continue;
        guest_printf("%u%c ", i - start, order[start]);
        start = i;
        runs++;
    }
    guest_printf("\n%s\n", runs > 2 ? "interleaved" : "one after the other");
    run_both(pass_the_turn, (void *)0, (void *)1, &threads[2]);
    guest_printf("turns were passed\n");
    return 0;
}
