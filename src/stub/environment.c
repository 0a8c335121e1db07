/*
 * environment.h for code that runs beside the guest.
 */
#include <linux/falloc.h>

#include "machine/environment.h"
#include "stub/frames.h"
#include "stub/stub.h"
#include "stub/syscalls.h"

#define MONITOR_DRAIN_NS 200000

void environment_ring(struct machine *m)
{
    const uint64_t one = 1;

    (void)m;
    LINUX_CALL3(write, STUB_FD_DOORBELL, &one, sizeof(one));
}

void environment_wait_for_monitor(struct machine *m)
{
    struct linux_timespec wait = linux_timespec_of(MONITOR_DRAIN_NS);

    (void)m;
    LINUX_CALL3(nanosleep, &wait, 0, 0);
}

void environment_discard(struct machine *m, paddr start, uint64_t size)
{
    long result = LINUX_CALL6(fallocate, STUB_FD_MEMORY, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                              KERNEL_RAM_OFFSET + start, size, 0, 0);

    if (result != 0)
        stub_fail(m, "the host does not give back memory (fallocate)");
}

void environment_cleared(struct machine *m, paddr start, uint64_t size)
{
    if (engine_state_of(m)->copies)
        frames_cleared(start, size);
}

void environment_filled(struct machine *m, paddr start, uint64_t size)
{
    if (engine_state_of(m)->copies)
        frames_filled(lane_here(), start, size);
}

void environment_host(struct machine *m, struct host_request *request)
{
    struct host_slot *slot = &m->host.slot;

    slot->request = *request;
    atomic_store(&slot->state, HOST_ASKED);
    linux_futex_wake(&slot->state);
    while (atomic_load(&slot->state) == HOST_ASKED)
        linux_futex_wait(&slot->state, HOST_ASKED, 0);
    *request = slot->request;
}

void environment_decode(struct machine *m, const uint8_t *bytes, struct access *access)
{
    struct decode_request *request = &m->decode;

    __builtin_memcpy(request->bytes, bytes, INSTRUCTION_MAX);
    atomic_store(&request->state, DECODE_ASKED);
    environment_ring(m);
    while (atomic_load(&request->state) == DECODE_ASKED)
        linux_futex_wait(&request->state, DECODE_ASKED, 0);
    *access = request->result;
    atomic_store(&request->state, DECODE_NONE);
}

_Noreturn void stub_fail(struct machine *m, const char *text)
{
    machine_end(m, END_INTERNAL, text);
    for (;;) {
        struct linux_timespec wait = {1, 0};
        environment_ring(m);
        LINUX_CALL3(nanosleep, &wait, 0, 0);
    }
}
