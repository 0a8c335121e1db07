/*
 * A thread whose TCB is deleted ends, wherever it is: waiting, stopped while it computes, or at its
 * own deletion. What the C library keeps for its Linux thread is given back.
 */
#include "guest.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static seL4_CPtr endpoint;
static pthread_key_t key;
static volatile unsigned long counter;

#define PATIENCE_MS 2000

static int helpers; /* Linux threads that are there before seL4's are: an emulator's */

static int linux_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;

    for (struct dirent *entry = readdir(tasks); entry; entry = readdir(tasks))
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count - helpers;
}

/* A thread that has been joined is still to be seen for a moment. */
static void show_threads(int expected)
{
    for (int ms = 0; ms < PATIENCE_MS && linux_threads() != expected; ms++)
        usleep(1000);
    printf("%d Linux threads\n", linux_threads());
}

static void at_end(void *value)
{
    printf("%s: its thread ends\n", (const char *)value);
}

static void waits(void *argument)
{
    pthread_setspecific(key, argument);
    seL4_Recv(endpoint, NULL);
}

static void computes(void *argument)
{
    pthread_setspecific(key, argument);
    for (;;)
        counter++;
}

static void deletes_itself(void *argument)
{
    struct thread *thread = argument;

    pthread_setspecific(key, "deletes itself");
    cap_delete(thread->tcb);
    printf("a deleted thread goes on\n");
}

static void let_run(void)
{
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 99);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
}

static void delete_thread(struct thread *thread)
{
    show_threads(2);
    report("delete", cap_delete(thread->tcb));
    show_threads(1);
}

int main(void)
{
    static struct thread waiting, computing, own, next;

    helpers = linux_threads() - 1;
    pthread_key_create(&key, at_end);
    endpoint = object_alloc(seL4_EndpointObject, 0);

    thread_run(&waiting, waits, "waits", 100);
    let_run();
    delete_thread(&waiting);

    thread_run(&computing, computes, "computes", 99);
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 99);
    while (counter == 0)
        seL4_Yield();
    seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255);
    delete_thread(&computing);

    thread_run(&own, deletes_itself, &own, 100);
    let_run();
    show_threads(1);

    /* New objects in the memory of old ones are new threads. */
    thread_run(&next, waits, "waits again", 100);
    let_run();
    delete_thread(&next);
    return 0;
}
