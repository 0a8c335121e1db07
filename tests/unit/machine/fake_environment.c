#include "fake_environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct fake_environment fake;

void environment_ring(struct machine *m)
{
    (void)m;
    fake.rings++;
}

void environment_wait_for_monitor(struct machine *m)
{
    char drop[4096];

    fake.waits++;
    console_read(&m->output, drop, sizeof drop);
    console_read(&m->log, drop, sizeof drop);
    if (fake.on_wait != NULL)
        fake.on_wait(m);
}

void environment_discard(struct machine *m, paddr start, uint64_t size)
{
    fake.discards++;
    fake.discarded += size;
    memset(kernel_at(&m->kernel, start), 0, size);
}

void environment_cleared(struct machine *m, paddr start, uint64_t size)
{
    (void)m;
    fake.cleared_start = start;
    fake.cleared += size;
}

void environment_filled(struct machine *m, paddr start, uint64_t size)
{
    (void)m;
    fake.filled_start = start;
    fake.filled += size;
}

void environment_host(struct machine *m, struct host_request *request)
{
    (void)m;
    fake.request = *request;
    request->result = fake.host_result;
    request->value[0] = fake.host_value;
    request->kind = SEL4UX_HOST_FILE;
}

void environment_vspace_gone(struct machine *m, uint32_t host)
{
    (void)m, (void)host;
    fake.gone++;
}

void environment_decode(struct machine *m, const uint8_t *bytes, struct access *access)
{
    (void)m, (void)bytes;
    *access = fake.access;
}

struct kernel_config fake_machine_config(void)
{
    return (struct kernel_config){.debug = true,
                                  .root_cnode_bits = 8,
                                  .num_priorities = 256,
                                  .num_domains = 1,
                                  .num_domain_schedules = 1,
                                  .num_nodes = 1,
                                  .timer_tick_ms = 2,
                                  .boot_time_slice_ms = 5,
                                  .time_slice = 5,
                                  .retype_fan_out = 256,
                                  .max_work_units = 100,
                                  .reset_chunk_bits = 8,
                                  .max_untyped_caps = 100,
                                  .xsave_size = 576};
}

struct machine *fake_machine_new(void)
{
    struct machine *m = mmap(NULL, KERNEL_RAM_OFFSET + FAKE_MACHINE_RAM, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (m == MAP_FAILED) {
        perror("mmap");
        abort();
    }
    memset(&fake, 0, sizeof fake);
    m->clock.tsc_base = __builtin_ia32_rdtsc();
    m->clock.tsc_hz = 1000000000;
    m->clock.ns_per_tick = 1ull << 32;
    m->flush_at = UINT64_MAX;
    m->ram_low_top = FAKE_MACHINE_RAM;
    m->ram_high_top = RAM_HIGH_START;
    m->kernel.ram_size = FAKE_MACHINE_RAM;
    m->kernel.config.timer_tick_ms = 2;
    return m;
}

void fake_machine_free(struct machine *m)
{
    munmap(m, KERNEL_RAM_OFFSET + FAKE_MACHINE_RAM);
}
