/* What a guest may have of the host (see grants.h). */
#include "monitor/grants.h"

#include <errno.h>
#include <stdlib.h>

#include "host/process.h"
#include "hostio/service.h"

int grants_open(struct grants *grants, const struct run_options *options, struct machine *m,
                struct error *err)
{
    int status;

    if (options->grants == NULL || options->grants->count == 0)
        return 0;
    grants->io = calloc(1, sizeof *grants->io);
    if (grants->io == NULL)
        return error_errno(err, ENOMEM, "can't open host objects");
    grants->io->machine = m;
    grants->io->virtual_time = options->virtual_time;
    grants->io->seed = options->seed;
    status = hostio_open(grants->io, options->grants, err);
    if (status == 0)
        return 0;
    free(grants->io); /* nothing of it is open */
    grants->io = NULL;
    return status;
}

static void kick(void *context)
{
    struct grants *grants = context;

    grants->ops->kick(grants->engine);
}

static int home(void *context)
{
    struct grants *grants = context;

    return grants->ops->home(grants->engine);
}

int grants_serve(struct grants *grants, const struct engine_ops *ops, struct engine *engine,
                 struct error *err)
{
    struct service_setup setup = {.io = grants->io, .home = home, .context = grants};

    if (grants->io == NULL)
        return 0;
    grants->ops = ops;
    grants->engine = engine;
    grants->io->kick = kick;
    grants->io->context = grants;
    return service_start(&setup, &grants->service, err);
}

bool grants_died(struct grants *grants, pid_t pid, int status, struct error *err)
{
    char how[128];

    if (grants->service == 0 || pid != grants->service)
        return false;
    grants->service = 0;
    process_describe_end(status, how, sizeof how);
    error_set(err, "the process that serves host objects %s", how);
    return true;
}

void grants_stop(struct grants *grants)
{
    if (grants->service > 0)
        service_stop(grants->service);
    grants->service = 0;
}

void grants_close(struct grants *grants)
{
    grants_stop(grants);
    if (grants->io != NULL)
        hostio_close(grants->io);
    free(grants->io);
    grants->io = NULL;
}
