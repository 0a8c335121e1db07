/* Inspectors, the short form, the saved state (see looking.h). */
#include "monitor/looking.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "state/state.h"

int looking_prepare(struct looking *l, const struct run_options *options, struct error *err)
{
    if (options->save == NULL)
        return 0;
    l->file = open(options->save, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return l->file >= 0 ? 0 : error_errno(err, errno, "can't write %s", options->save);
}

void looking_begin(struct looking *l, const struct run_options *options, const char *engine,
                   const struct machine_memory *memory, struct watch_list *watchers,
                   struct pausing *pausing, const struct log *log, bool *in_line)
{
    state_identify(memory->machine, engine, options->image_path);
    control_open(&l->control, memory, watchers, pausing);
    form_init(&l->form, watchers, pausing, memory, log, in_line);
}

int looking_save(struct looking *l, const struct machine_memory *memory, struct error *err)
{
    if (l->file < 0)
        return 0;
    return state_save(memory->machine, memory->size, memory->fd, l->file, err);
}

void looking_end(struct looking *l)
{
    control_close(&l->control);
    if (l->file >= 0)
        close(l->file);
    l->file = -1;
}
