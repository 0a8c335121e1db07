/*
 * What the user allows a guest of the host (--host), over the life of one run: opened before the
 * machine boots, served by a process of its own while it runs.
 */
#ifndef SEL4UX_MONITOR_GRANTS_H
#define SEL4UX_MONITOR_GRANTS_H

#include "engine/engine.h"
#include "hostio/hostio.h"
#include "monitor/monitor.h"

/* All zero: nothing is allowed. */
struct grants {
    struct hostio *io;
    pid_t service; /* 0: none */
    const struct engine_ops *ops;
    struct engine *engine;
};

/* Opens them and tells the machine, whose clock runs and which has not booted. */
int grants_open(struct grants *grants, const struct run_options *options, struct machine *m,
                struct error *err);

/* Once the engine has started; a request that comes before it waits. */
int grants_serve(struct grants *grants, const struct engine_ops *ops, struct engine *engine,
                 struct error *err);

/* Whether `pid` was the process that serves, without which guests would wait for ever: says so. */
bool grants_died(struct grants *grants, pid_t pid, int status, struct error *err);

/* Ends the process that serves; closes everything. Both may be called at any time, and again. */
void grants_stop(struct grants *grants);
void grants_close(struct grants *grants);

#endif
