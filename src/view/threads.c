/*
 * The threads of a picture, oldest first, and what each is called: the name that DebugNameThread
 * gave it, with its address behind it where that alone would not say which.
 */
#include "view/words.h"

#include <stdio.h>
#include <string.h>

static void make_bools(struct tcb *t)
{
    MEMORY_MAKE_BOOL(t->in_release_queue);
    MEMORY_MAKE_BOOL(t->blocking_is_call);
    MEMORY_MAKE_BOOL(t->fault.in_receive);
    MEMORY_MAKE_BOOL(t->fault.instruction);
    MEMORY_MAKE_BOOL(t->failure.fault.in_receive);
    MEMORY_MAKE_BOOL(t->failure.fault.instruction);
}

static bool add_thread(struct picture *p, paddr at)
{
    uint32_t thing = picture_add_thing(p, CAP_THREAD, at, p->k.abi.tcb_bits & 63);
    struct thread *t;

    if (thing == NONE || thing_at(p, thing)->thread != NONE || p->threads.count == MAX_THREADS) {
        p->is_cut = true;
        return false;
    }
    t = list_add(&p->threads, sizeof *t);
    if (t == NULL) {
        p->no_memory = true;
        return false;
    }
    t->at = at;
    memory_read(&p->subject, at, &t->tcb, offsetof(struct tcb, fpu));
    t->tcb.name[THREAD_NAME_SIZE - 1] = '\0';
    make_bools(&t->tcb);
    return true;
}

/* The kernel's list has the newest first. */
static void reverse(struct picture *p)
{
    uint32_t count = p->threads.count;

    for (uint32_t i = 0; i < count / 2; i++) {
        struct thread kept = *thread_at(p, i);

        *thread_at(p, i) = *thread_at(p, count - 1 - i);
        *thread_at(p, count - 1 - i) = kept;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct thread *t = thread_at(p, i);

        t->thing = picture_find(p, CAP_THREAD, t->at);
        thing_at(p, t->thing)->thread = i;
    }
}

/* ------------------------------------------------------------------ names */

/* A name in one line: other characters than printable ones of ASCII can't be typed or drawn. */
static void make_plain(char *name)
{
    for (char *c = name; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~')
            *c = '?';
    }
}

static uint64_t hash_name(const char *name)
{
    uint64_t h = 0;

    for (; *name != '\0'; name++)
        h = (h ^ (uint8_t)*name) * 0x100000001b3ull;
    return h * 0x9e3779b97f4a7c15ull;
}

struct names {
    uint32_t size;   /* a power of two */
    uint32_t *first; /* 1 + the first thread with a name */
    bool *is_shared; /* of that thread: another has its name */
};

static void note_name(struct picture *p, struct names *names, uint32_t thread)
{
    const char *name = thread_at(p, thread)->tcb.name;
    uint32_t i = (uint32_t)(hash_name(name) >> 32) & (names->size - 1);

    while (names->first[i] != 0 && strcmp(thread_at(p, names->first[i] - 1)->tcb.name, name) != 0)
        i = (i + 1) & (names->size - 1);
    if (names->first[i] == 0)
        names->first[i] = thread + 1;
    else
        names->is_shared[thread] = names->is_shared[names->first[i] - 1] = true;
}

static void set_label(struct thread *t, bool is_shared)
{
    const char *name = t->tcb.name;

    if (name[0] == '\0')
        snprintf(t->label, sizeof t->label, "tcb_%llx", (unsigned long long)t->at);
    else if (is_shared || name_is_reserved(name))
        snprintf(t->label, sizeof t->label, "%s@%llx", name, (unsigned long long)t->at);
    else
        snprintf(t->label, sizeof t->label, "%s", name);
}

static void add_labels(struct picture *p)
{
    struct list first = {0}, is_shared = {0};
    struct names names = {.size = 16};

    while (names.size < 2 * p->threads.count)
        names.size *= 2;
    if (!list_fill(&first, sizeof(uint32_t), names.size) ||
        !list_fill(&is_shared, sizeof(bool), p->threads.count + 1)) {
        p->no_memory = true;
    } else {
        names.first = first.items;
        names.is_shared = is_shared.items;
        for (uint32_t i = 0; i < p->threads.count; i++) {
            make_plain(thread_at(p, i)->tcb.name);
            note_name(p, &names, i);
        }
        for (uint32_t i = 0; i < p->threads.count; i++)
            set_label(thread_at(p, i), names.is_shared[i]);
    }
    list_free(&first);
    list_free(&is_shared);
}

void picture_add_threads(struct picture *p)
{
    paddr at = p->k.all_threads;

    while (at != 0 && memory_has(&p->subject, at, sizeof(struct tcb)) && add_thread(p, at)) {
        /* While the list is read, a thing's thread only says that it is there already. */
        thing_at(p, picture_find(p, CAP_THREAD, at))->thread = 0;
        at = thread_at(p, p->threads.count - 1)->tcb.all_next;
    }
    p->is_cut |= at != 0;
    reverse(p);
    add_labels(p);
}
