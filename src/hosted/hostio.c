/*
 * Host objects of a hosted program: requests are carried out by the lane that makes them; a thread
 * of hostio's watches for events and interrupts the lane that runs, or wakes the one that idles.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "hosted/hosted.h"
#include "hosted/linux.h"
#include "machine/environment.h"

/* The same signal as the timer's: what it does is the same. */
static void interrupt(pid_t lane)
{
    siginfo_t info;

    memset(&info, 0, sizeof info);
    info.si_signo = SIGPROF;
    info.si_code = SI_QUEUE;
    info.si_value.sival_ptr = &hosted;
    LINUX_CALL6(rt_tgsigqueueinfo, getpid(), lane, SIGPROF, &info, 0, 0);
}

static void kick(void *context)
{
    const uint64_t one = 1;
    pid_t lane = atomic_load(&hosted.running);

    (void)context;
    if (write(hosted.wake, &one, sizeof one) < 0 && errno != EAGAIN)
        return;
    if (lane != 0)
        interrupt(lane);
}

int hostio_begin(struct error *err)
{
    const struct hostio_grants *grants = hosted.options.grants;

    hosted.wake = -1;
    if (grants == NULL)
        return 0;
    hosted.io = calloc(1, sizeof *hosted.io);
    hosted.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (hosted.io == NULL || hosted.wake < 0)
        return error_errno(err, errno, "can't open host objects");
    hosted.io->machine = hosted.machine;
    hosted.io->virtual_time = hosted.options.virtual_time;
    hosted.io->seed = hosted.options.seed;
    hosted.io->kick = kick;
    return hostio_open(hosted.io, grants, err);
}

int hostio_go_on(struct error *err)
{
    if (hosted.io == NULL)
        return 0;
    environment_ring(hosted.machine);
    return hostio_start(hosted.io, err);
}
