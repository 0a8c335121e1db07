/*
 * The state of a machine in words that people (and programs) read: threads, capabilities, memory,
 * interrupts, schedule, and who waits for whom.
 *
 * Views only read, and never fail on what they read: a state may be damaged, hostile, or changing
 * under their eyes. Whoever wants a true one stops the machine first. They allocate from the host
 * by mmap alone, so a program may ask for one whatever it was doing.
 */
#ifndef SEL4UX_VIEW_VIEW_H
#define SEL4UX_VIEW_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "machine/machine.h"

/* What is looked at. */
struct view_subject {
    const struct kernel *kernel; /* guest physical memory follows it as kernel_at() says ... */
    uint64_t ram;                /* ... and so many bytes of that may be read */
    const uint64_t *pages;       /* a bit for each page of it and one more: 0: holds nothing; NULL:
                                  * unknown */
    const struct machine *machine; /* that the kernel is part of; NULL: only a kernel */
};

/* Where text goes. Pieces end anywhere. */
struct view_out {
    void (*write)(void *context, const char *text, size_t size);
    void *context;
    unsigned width; /* columns that lists are wrapped to; 0: a default */
    bool colour;
};

enum view_topic {
    VIEW_THREADS,
    VIEW_CAPS,
    VIEW_WHO,
    VIEW_UNTYPED,
    VIEW_MAPPINGS,
    VIEW_IRQS,
    VIEW_SCHEDULE,
    VIEW_TIME,
    VIEW_ALL, /* of the above */
};

enum view_format { VIEW_TEXT, VIEW_JSON, VIEW_DOT, VIEW_CAPDL };

/* By the names that people type ("threads", "json"); false: there is none. */
bool view_topic_find(const char *name, enum view_topic *topic);
bool view_format_find(const char *name, enum view_format *format);
extern const char *const view_topics[];  /* NULL-terminated, in the order of the enum */
extern const char *const view_formats[]; /* the same */

/*
 * Writes `topic` as text. `thread`, if not NULL, is the name of one as views show it ("worker",
 * "worker@1f2800", or 0x1f2800): what is said is then said of it alone. Returns 0, -ENOENT when no
 * thread has that name, or -ENOMEM; *err says it in words.
 */
int view_print(const struct view_subject *subject, enum view_topic topic, const char *thread,
               const struct view_out *out, struct error *err);

/*
 * The same as JSON, dot (no topics) or capDL (no topics), which only sel4ux itself has:
 * view_print() is all that hosted programs link.
 */
int view_export(const struct view_subject *subject, enum view_format format, enum view_topic topic,
                const char *thread, const struct view_out *out, struct error *err);

/*
 * The short form, at most VIEW_SHORT_LINES lines: who waits for whom, who was stopped by a fault,
 * which capability was missing. Returns how many lines it wrote. Unless `always`, it writes nothing
 * when nothing is suspicious: the first thread has come to an end and no one waits for an answer.
 */
#define VIEW_SHORT_LINES 24

unsigned view_short(const struct view_subject *subject, bool always, const struct view_out *out);

#endif
