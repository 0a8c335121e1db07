/* The short form on demand (see form.h). */
#include "monitor/form.h"

#include <unistd.h>

#include "monitor/report.h"

#define AGAIN    1000000000ull /* ns within which asking again means something else */
#define PATIENCE 1000000000ull /* ns until the state is shown as it is */

static void show(struct form *form)
{
    const struct machine *m = form->memory->machine;

    if (form->in_line != NULL && *form->in_line && write(form->log->fd, "\n", 1) == 1)
        *form->in_line = false;
    if (!machine_is_paused(m) && m->end == END_RUNNING)
        log_warning(form->log, "the machine does not come to a halt; this is how it is now");
    report_state(form->log, m, form->memory->size - KERNEL_RAM_OFFSET, true);
    log_note(form->log, "the system goes on; Ctrl-\\ twice ends it");
    form->is_asked = false;
    watch_remove(form->watchers, &form->watcher);
    pausing_release(form->pausing);
}

static void show_if_paused(struct watcher *w)
{
    struct form *form = (struct form *)w;

    if (form->is_asked && machine_is_paused(form->memory->machine))
        show(form);
}

static void time_is_over(struct watcher *w, short revents)
{
    (void)revents;
    show((struct form *)w);
}

void form_init(struct form *form, struct watch_list *watchers, struct pausing *pausing,
               const struct machine_memory *memory, const struct log *log, bool *in_line)
{
    *form = (struct form){
        .watcher = {.fd = -1, .ready = time_is_over, .rung = show_if_paused},
        .watchers = watchers,
        .pausing = pausing,
        .memory = memory,
        .log = log,
        .in_line = in_line,
    };
}

bool form_ask(struct form *form)
{
    uint64_t now = watch_now();
    bool again = form->asked != 0 && now - form->asked < AGAIN;

    form->asked = now;
    form->watcher.deadline = now + PATIENCE;
    if (again || form->is_asked || watch_add(form->watchers, &form->watcher) != 0)
        return false;
    form->is_asked = true;
    pausing_wish(form->pausing);
    if (machine_is_paused(form->memory->machine)) /* for someone else */
        show(form);
    return true;
}
