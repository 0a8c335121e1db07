/* Threads by TCB, see threads.h. */
#include "trace/threads.h"

#include <string.h>

void threads_init(struct threads *threads)
{
    *threads = (struct threads){.map.thing_size = sizeof(struct thread)};
}

void threads_free(struct threads *threads)
{
    map_free(&threads->map);
}

struct thread *threads_get(struct threads *threads, paddr tcb)
{
    struct thread *thread;

    if (tcb == 0)
        return NULL;
    thread = map_get(&threads->map, tcb);
    return thread != NULL ? thread : &threads->spare;
}

static void take_name(struct thread *thread, const struct event *e)
{
    size_t size = e->count * sizeof e->words[0];

    if (size > sizeof thread->name - 1)
        size = sizeof thread->name - 1;
    memset(thread->name, 0, sizeof thread->name);
    memcpy(thread->name, e->words, size);
    thread->name_iid = 0;
}

void threads_follow(struct threads *threads, const struct event *e)
{
    struct thread *thread;

    if (e->kind != RECORD_NAME && e->kind != RECORD_SPACE && e->kind != RECORD_THREAD_GONE)
        return;
    thread = threads_get(threads, e->object);
    if (thread == NULL)
        return;
    if (e->kind == RECORD_NAME)
        take_name(thread, e);
    else if (e->kind == RECORD_SPACE)
        thread->space = e->words[0];
    else
        *thread = (struct thread){.tcb = thread->tcb};
}
