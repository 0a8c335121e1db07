/*
 * Three threads take turns: each waits for a notification of its own, prints, and signals the next.
 */
#include "guest.h"

#define THREADS 3
#define ROUNDS  4

static struct thread threads[THREADS];
static seL4_CPtr turn[THREADS], finished;

static void take_turns(void *argument)
{
    long me = (long)argument;

    for (int round = 0; round < ROUNDS; round++) {
        seL4_Wait(turn[me], NULL);
        guest_printf("thread %ld, round %d\n", me, round);
        seL4_Signal(turn[(me + 1) % THREADS]);
    }
    seL4_Signal(finished);
}

int main(void)
{
    finished = object_alloc(seL4_NotificationObject, 0);
    for (long i = 0; i < THREADS; i++) {
        seL4_CPtr notification = object_alloc(seL4_NotificationObject, 0);

        turn[i] = cap_mint(notification, seL4_AllRights, 1);
    }
    for (long i = 0; i < THREADS; i++)
        thread_run(&threads[i], take_turns, (void *)i, 100);
    guest_printf("%d threads wait\n", THREADS);
    seL4_Signal(turn[0]);
    for (int i = 0; i < THREADS; i++)
        seL4_Wait(finished, NULL);
    return 0;
}
