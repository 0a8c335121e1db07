/*
 * environment.h for hosted processes: the runner of the ptrace engine, and the monitor while it
 * boots a machine, when there is no one to ring yet.
 */
#include "machine/environment.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "engine/ptrace/runner.h"
#include "engine/ptrace/space.h"
#include "host/decode.h"

#define MONITOR_DRAIN_NS 200000

static int doorbell = -1;

void environment_bind(int fd)
{
    doorbell = fd;
}

void environment_ring(struct machine *m)
{
    const uint64_t one = 1;

    (void)m;
    if (doorbell >= 0 && write(doorbell, &one, sizeof one) < 0)
        return; /* its counter is full: it has been rung */
}

void environment_wait_for_monitor(struct machine *m)
{
    struct timespec wait = {.tv_nsec = MONITOR_DRAIN_NS};

    environment_ring(m);
    nanosleep(&wait, NULL);
}

void environment_discard(struct machine *m, paddr start, uint64_t size)
{
    if (madvise(kernel_at(&m->kernel, start), size, MADV_REMOVE) != 0)
        memset(kernel_at(&m->kernel, start), 0, size);
}

/* Its processes keep nothing about frames. */
void environment_cleared(struct machine *m, paddr start, uint64_t size)
{
    (void)m;
    (void)start;
    (void)size;
}

void environment_filled(struct machine *m, paddr start, uint64_t size)
{
    (void)m;
    (void)start;
    (void)size;
}

void environment_host(struct machine *m, struct host_request *request)
{
    struct host_slot *slot = &m->host.slot;

    slot->request = *request;
    atomic_store(&slot->state, HOST_ASKED);
    syscall(SYS_futex, &slot->state, FUTEX_WAKE, 1, NULL, NULL, 0);
    while (atomic_load(&slot->state) == HOST_ASKED)
        syscall(SYS_futex, &slot->state, FUTEX_WAIT, HOST_ASKED, NULL, NULL, 0);
    *request = slot->request;
}

void environment_vspace_gone(struct machine *m, uint32_t host)
{
    space_release(m, host);
}

void environment_decode(struct machine *m, const uint8_t *bytes, struct access *access)
{
    (void)m;
    decode_access(bytes, access);
}
