/* environment.h for a machine whose only process is the program itself. */
#include "machine/environment.h"

#include <string.h>
#include <sys/mman.h>

#include "hosted/hosted.h"

/* Whoever enters the machine looks at its output afterwards. */
void environment_ring(struct machine *m)
{
    if (m->host.has_terminal)
        input_set_mode();
}

void environment_wait_for_monitor(struct machine *m)
{
    output_pump();
    if (m->input_is_file)
        input_take();
}

void environment_discard(struct machine *m, paddr start, uint64_t size)
{
    if (madvise(kernel_at(&m->kernel, start), size, MADV_REMOVE) != 0)
        memset(kernel_at(&m->kernel, start), 0, size);
}

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
    (void)m;
    hostio_perform(hosted.io, request);
}

void environment_vspace_gone(struct machine *m, uint32_t host)
{
    (void)m;
    (void)host;
}

void environment_decode(struct machine *m, const uint8_t *bytes, struct access *access)
{
    (void)m;
    (void)bytes;
    *access = (struct access){.kind = ACCESS_UNKNOWN};
}
