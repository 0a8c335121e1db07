/* What tests of views share: the text of a view over a kernel of fake_platform, line by line. */
#ifndef SEL4UX_TESTS_VIEW_TEST_H
#define SEL4UX_TESTS_VIEW_TEST_H

#include "scene.h"
#include "view/view.h"

#include <stdio.h>

#define SHOWN_SIZE (1u << 20)

static char shown[SHOWN_SIZE];
static size_t shown_size;

static inline void take_shown(void *context, const char *text, size_t size)
{
    (void)context;
    assert_true(shown_size + size < SHOWN_SIZE);
    memcpy(shown + shown_size, text, size);
    shown_size += size;
    shown[shown_size] = '\0';
}

static inline struct view_subject subject_of(struct kernel *k)
{
    return (struct view_subject){.kernel = k, .ram = k->ram_size};
}

static inline struct view_out to_shown(void)
{
    shown_size = 0;
    shown[0] = '\0';
    return (struct view_out){.write = take_shown};
}

static inline const char *show_of(struct kernel *k, enum view_topic topic, const char *thread)
{
    struct view_subject subject = subject_of(k);
    struct view_out out = to_shown();
    struct error err;

    if (view_print(&subject, topic, thread, &out, &err) != 0)
        fail_msg("%s", err.message);
    return shown;
}

static inline const char *show(struct kernel *k, enum view_topic topic)
{
    return show_of(k, topic, NULL);
}

static inline unsigned show_short(struct kernel *k, bool always)
{
    struct view_subject subject = subject_of(k);
    struct view_out out = to_shown();

    return view_short(&subject, always, &out);
}

static inline void assert_shown(const char *words)
{
    if (strstr(shown, words) == NULL)
        fail_msg("does not say \"%s\":\n%s", words, shown);
}

static inline void assert_not_shown(const char *words)
{
    if (strstr(shown, words) != NULL)
        fail_msg("says \"%s\":\n%s", words, shown);
}

static inline void name_thread(struct kernel *k, paddr tcb, const char *name)
{
    snprintf(kernel_tcb(k, tcb)->name, THREAD_NAME_SIZE, "%s", name);
}

/* The name that an object at `at` has. */
static inline const char *named(const char *prefix, paddr at)
{
    static char names[8][64];
    static unsigned next;
    char *name = names[next++ % 8];

    snprintf(name, sizeof names[0], "%s_%llx", prefix, (unsigned long long)at);
    return name;
}

/* "A words B words C ...", up to NULL. */
static inline const char *join(const char *first, ...)
{
    static char joined[1024];
    size_t size = 0;
    va_list rest;

    va_start(rest, first);
    for (const char *w = first; w != NULL; w = va_arg(rest, const char *))
        size += (size_t)snprintf(joined + size, sizeof joined - size, "%s", w);
    va_end(rest);
    return joined;
}

#endif
