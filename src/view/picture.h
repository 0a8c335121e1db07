/*
 * A picture of a machine's state: a copy of the kernel's own part and of every TCB, all objects
 * that a capability names or a list holds, and all capabilities with the place where each lies.
 *
 * Everything refers to everything by index; NONE is no index. Built once, then only read. Whatever
 * the state claims, each slot and each thread is looked at once at most (see struct budget).
 */
#ifndef SEL4UX_VIEW_PICTURE_H
#define SEL4UX_VIEW_PICTURE_H

#include "view/memory.h"

#define NONE UINT32_MAX

/* What is no capability's type: the kernel's slots for interrupts, and a TCB in its deletion. */
#define THING_IRQ_SLOTS  32
#define THING_TCB_ZOMBIE 33 /* what is left of a TCB; CAP_ZOMBIE: of a CNode */

#define LABEL_SIZE  (THREAD_NAME_SIZE + 24)
#define MAX_THREADS 65536
#define MAX_SLOTS   (1u << 24) /* that hold something */

struct thread {
    paddr at;
    uint32_t thing;
    uint32_t next_in_space; /* the next thread with the same CSpace; NONE */
    uint32_t mark;          /* partners.c: the last question that it was an answer to */
    char label[LABEL_SIZE]; /* one line, printable, and no other thread's */
    struct tcb tcb;         /* but its floating-point state */
};

/*
 * An object, or what is like one: an interrupt (`at` is its number), a range of I/O ports (first
 * and last), a right that there is only one of. `type` is that of the capabilities to it.
 */
struct thing {
    uint64_t at;
    uint8_t type, bits; /* bits: log2 bytes of memory; 0: it takes none */
    bool is_device;
    bool is_shown;                   /* text of this picture has said what is in it */
    uint32_t first_held, held_count; /* of a container: its slots' capabilities, in `held` */
    uint32_t first_cap, cap_count;   /* the capabilities to it: a chain by held.next */
    uint32_t thread;                 /* index of a thread; NONE */
    uint32_t parent;                 /* the smallest untyped around it; NONE; picture_order() */
    uint32_t first_reach;            /* a CNode: the CSpaces that it is in, chained by reach.next */
};

/* A capability in its slot. */
struct held {
    struct cap cap;
    uint32_t place, index; /* the thing that contains it, and the slot's number there */
    uint32_t thing;        /* what it names */
    uint32_t next;         /* of those that name it */
};

/* A CSpace: what threads find from one root capability. */
struct space {
    struct cap root;
    uint32_t first_reach,
        reach_count;  /* contiguous in `reach`, root first, parents before children */
    uint32_t threads; /* how many have it ... */
    uint32_t first_thread, last_thread; /* ... chained by thread.next_in_space */
    uint32_t mark;                      /* as that of threads */
};

/* A CNode in a CSpace: slot i of it has the address `prefix` | i << left, in 64 bits. */
struct reach {
    uint32_t space, cnode, next;
    uint32_t from;                     /* the reach that it hangs on; NONE: the root */
    uint32_t held;                     /* the capability that leads here; NONE: the root's */
    uint32_t first_child, child_count; /* the reaches that hang on this one, in order of slots */
    uint64_t prefix;
    uint8_t left;
};

struct picture {
    struct view_subject subject;
    struct kernel k; /* a copy: its memory is not behind it */
    struct list threads, things, held, spaces, reaches;
    struct list table;    /* of things, by what they are: indexes + 1; 0: free */
    struct list order;    /* indexes of the things in memory, by address, larger ones first */
    struct list space_of; /* for each thread its space; NONE */
    uint64_t used_pages;
    uint64_t budget;    /* slots that may still be looked at, first all, then those of CSpaces */
    uint32_t questions; /* that partners.c has answered */
    uint64_t looks;     /* at holders of capabilities that are still to be afforded */
    bool is_cut;        /* not everything is here: the state does not add up, or is too large */
    bool no_memory;     /* the same, for want of the host's memory */
};

/* Returns NULL when there is no memory. */
struct picture *picture_take(const struct view_subject *subject);
void picture_free(struct picture *p);

static inline struct thread *thread_at(const struct picture *p, uint32_t i)
{
    return LIST_AT(struct thread, &p->threads, i);
}

static inline struct thing *thing_at(const struct picture *p, uint32_t i)
{
    return LIST_AT(struct thing, &p->things, i);
}

static inline struct held *held_at(const struct picture *p, uint32_t i)
{
    return LIST_AT(struct held, &p->held, i);
}

static inline struct space *space_at(const struct picture *p, uint32_t i)
{
    return LIST_AT(struct space, &p->spaces, i);
}

static inline struct reach *reach_at(const struct picture *p, uint32_t i)
{
    return LIST_AT(struct reach, &p->reaches, i);
}

/* The CSpace of a thread; NONE. */
static inline uint32_t space_of(const struct picture *p, uint32_t thread)
{
    return *LIST_AT(uint32_t, &p->space_of, thread);
}

/* The object of `type` at `at`, whatever its size; NONE. */
uint32_t picture_find(const struct picture *p, unsigned type, uint64_t at);
uint32_t picture_find_sized(const struct picture *p, unsigned type, uint64_t at, unsigned bits);
/* What `cap` names; NONE. */
uint32_t picture_find_cap(const struct picture *p, struct cap cap);
/* The thread whose TCB is at `at`; NONE. */
uint32_t picture_thread(const struct picture *p, paddr at);
/* The thread that a person names; NONE. */
uint32_t picture_thread_named(const struct picture *p, const char *name);

/* Fills `order` and `parent`. */
bool picture_order(struct picture *p);

/*
 * A picture with the thread that `name` (NULL: none) names; its index, NONE. 0, -ENOMEM or -ENOENT
 * with *err set.
 */
int view_picture(const struct view_subject *subject, const char *name, struct picture **picture,
                 uint32_t *index, struct error *err);

/* threads.c, things.c, cspace.c: what picture_take() is made of */
void picture_add_threads(struct picture *p);
uint32_t picture_add_thing(struct picture *p, unsigned type, uint64_t at, unsigned bits);
void picture_add_slots(struct picture *p);
void picture_add_spaces(struct picture *p);

#endif
