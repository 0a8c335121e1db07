/*
 * Ctrl-\: the short form of the machine's state, printed while it stands still for a moment. It
 * goes on afterwards; who asks again within a second wants it to end.
 */
#ifndef SEL4UX_MONITOR_FORM_H
#define SEL4UX_MONITOR_FORM_H

#include "base/log.h"
#include "host/memory.h"
#include "host/pausing.h"
#include "host/watch.h"

struct form {
    struct watcher watcher; /* in the list while the machine is to stand still for this */
    struct watch_list *watchers;
    struct pausing *pausing;
    const struct machine_memory *memory;
    const struct log *log;
    bool *in_line; /* the terminal shows an unfinished line; NULL: it shows no output */
    bool is_asked;
    uint64_t asked; /* ns of the monotonic clock */
};

void form_init(struct form *form, struct watch_list *watchers, struct pausing *pausing,
               const struct machine_memory *memory, const struct log *log, bool *in_line);

/* False: it was asked for a moment ago. */
bool form_ask(struct form *form);

#endif
