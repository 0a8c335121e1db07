/* The servers of this folder and what they work with, see standard.h. */
#include "standard.h"

#include "../block/block.h"
#include "../console/console.h"
#include "../file/file.h"
#include "../random/random.h"
#include "../timer/timer.h"

#define COM1        0x3f8
#define COM1_PIN    4
#define COM1_VECTOR 1
#define PIT_FIRST   0x40
#define PIT_LAST    0x43
#define PIT_PIN     2
#define PIT_VECTOR  0

const unsigned char standard_buffer_bits[STANDARD_COUNT] = {
    [STANDARD_CONSOLE] = seL4_PageBits,    [STANDARD_FILE] = seL4_LargePageBits,
    [STANDARD_BLOCK] = seL4_LargePageBits, [STANDARD_TIMER] = seL4_PageBits,
    [STANDARD_RANDOM] = seL4_PageBits,
};

static const struct {
    const char *file;
    enum sel4ux_host_kind kind; /* what it works with on a host */
} servers[STANDARD_COUNT] = {
    [STANDARD_CONSOLE] = {"servers/console", SEL4UX_HOST_TERMINAL},
    [STANDARD_FILE] = {"servers/file", SEL4UX_HOST_DIRECTORY},
    [STANDARD_BLOCK] = {"servers/block", SEL4UX_HOST_BLOCK},
    [STANDARD_TIMER] = {"servers/timer", SEL4UX_HOST_CLOCK},
    [STANDARD_RANDOM] = {"servers/random", SEL4UX_HOST_RANDOM},
};

const struct sel4ux_host_grant *standard_grant(enum sel4ux_host_kind kind, unsigned int index)
{
    const struct sel4ux_host_chunk *chunk = sel4ux_host_grants(seL4_GetBootInfo());

    for (seL4_Word i = 0; chunk && i < chunk->count; i++) {
        if (chunk->grant[i].kind == kind && index-- == 0)
            return &chunk->grant[i];
    }
    return NULL;
}

seL4_Word standard_tsc_mhz(void)
{
    const seL4_BootInfo *info = seL4_GetBootInfo();
    const char *at = (const char *)info + seL4_BootInfoFrameSize, *end = at + info->extraLen;

    while (at + sizeof(seL4_BootInfoHeader) <= end) {
        const seL4_BootInfoHeader *header = (const void *)at;

        if (header->len < sizeof(*header))
            break;
        if (header->id == SEL4_BOOTINFO_HEADER_X86_TSC_FREQ && *(const seL4_Uint32 *)(header + 1))
            return *(const seL4_Uint32 *)(header + 1);
        at += header->len;
    }
    return 1000;
}

/* All grants of a server's kind become its devices. */
static bool give_grants(enum standard which, struct service *service)
{
    const struct sel4ux_host_grant *grant;
    unsigned int count = 0;

    for (; (grant = standard_grant(servers[which].kind, count)) && count < SERVER_DEVICES_MAX;
         count++)
        manager_device(service, count, grant->slot);
    return count;
}

static long start_on_host(enum standard which, struct service *service)
{
    static const seL4_Word backends[STANDARD_COUNT] = {
        [STANDARD_CONSOLE] = CONSOLE_BACKEND_HOST, [STANDARD_FILE] = FILE_BACKEND_HOST,
        [STANDARD_BLOCK] = BLOCK_BACKEND_HOST,     [STANDARD_TIMER] = TIMER_BACKEND_HOST,
        [STANDARD_RANDOM] = RANDOM_BACKEND_HOST,
    };

    return manager_start(service, backends[which], 0, 0, 0);
}

static long start_alone(enum standard which, struct service *service, unsigned int memory)
{
    switch (which) {
    case STANDARD_CONSOLE:
        manager_device(service, 0, ports_alloc(COM1, COM1 + 7));
        manager_interrupt(service, 0, 1, COM1_PIN, COM1_VECTOR);
        return manager_start(service, CONSOLE_BACKEND_SERIAL, 0, 0, 0);
    case STANDARD_TIMER:
        manager_device(service, 0, ports_alloc(PIT_FIRST, PIT_LAST));
        manager_interrupt(service, 0, 1, PIT_PIN, PIT_VECTOR);
        return manager_start(service, TIMER_BACKEND_PIT, standard_tsc_mhz(), 0, 0);
    case STANDARD_FILE:
        manager_memory(service, memory);
        return manager_start(service, FILE_BACKEND_RAM, memory, 0, 0);
    case STANDARD_BLOCK:
        manager_memory(service, memory);
        return manager_start(service, BLOCK_BACKEND_RAM, memory, 0, 0);
    default:
        return manager_start(service, RANDOM_BACKEND_CPU, 0, 0, 0);
    }
}

long standard_start(enum standard which, struct service *service, const void *archive,
                    seL4_CPtr faults, unsigned int memory)
{
    size_t size;
    const void *elf = archive_find(archive, servers[which].file, &size);

    if (!elf)
        guest_die("no %s in the archive", servers[which].file);
    manager_load(service, servers[which].file, elf, faults, STANDARD_PRIORITY);
    return give_grants(which, service) ? start_on_host(which, service)
                                       : start_alone(which, service, memory);
}
