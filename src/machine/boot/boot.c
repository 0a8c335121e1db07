/*
 * Powering a machine on, see boot.h. The memory map is that of QEMU's PC, on which seL4 is
 * developed: images see the same regions, so the same untypeds, as they see there.
 */
#include "machine/boot.h"

#include <errno.h>
#include <string.h>

#include "abi_messages.h"
#include "machine/boot/acpi.h"

#define KERNEL_START     0x100000ull
#define LOW_MEMORY_END   0x9fc00ull
#define BIOS_START       0xf0000ull
#define BIOS_END         0x100000ull
#define LOW_TOP_LARGE    0xc0000000ull /* end of low memory when there is more than fits below 4G */
#define LOW_TOP_MAX      0xe0000000ull
#define FIRMWARE_RESERVE 0x20000ull /* that QEMU's firmware keeps at the end of low memory */
#define ROM_START        0xfffc0000ull
#define MSI_WINDOW       0xfffffff8ull

/* The kernel measures the processor's time by the PIT: 50 ms. */
#define PIT_COUNT 59659

/*
 * Where the memory of seL4 16.0's own image ends, by what is compiled in: the first user memory
 * follows it. Measured from builds for pc99.
 */
#define KERNEL_BOOT_END     0x800000ull /* up to here it is boot code, given to users afterwards */
#define KERNEL_END_PRINTING 0xa13000ull
#define KERNEL_END_SILENT   0xa12000ull
#define DOMAIN_SIZE         4136ull  /* what each domain more takes: its queues and their bitmap */
#define DOMAIN_ROOM         0x560ull /* free for it, where page-aligned tables follow */

enum memory_type { MEMORY_USABLE = 1, MEMORY_RESERVED = 2 };

/* Multiboot's memory map as boot info hands it on: packed, `size` counts what follows it. */
struct map_entry {
    uint32_t size;
    uint64_t base, length;
    uint32_t type;
} __attribute__((packed));

#define MAP_ENTRIES 50

struct chunk_header {
    uint64_t id, size;
};

struct map_chunk {
    struct chunk_header header;
    uint32_t map_size; /* bytes of `entry` in use */
    struct map_entry entry[MAP_ENTRIES];
} __attribute__((packed));

struct extra_info {
    struct chunk_header rsdp_header;
    uint8_t rsdp[ACPI_RSDP_SIZE];
    struct map_chunk map;
    struct chunk_header tsc_header;
    uint32_t tsc_mhz;
} __attribute__((packed));

static uint64_t low_top(uint64_t ram)
{
    return ram < LOW_TOP_MAX ? ram : LOW_TOP_LARGE;
}

uint64_t machine_ram_top(uint64_t ram)
{
    return ram > low_top(ram) ? RAM_HIGH_START + ram - low_top(ram) : low_top(ram);
}

static void add_memory(struct map_chunk *map, uint64_t start, uint64_t end, enum memory_type type)
{
    struct map_entry *e = &map->entry[map->map_size / sizeof *e];

    *e = (struct map_entry){sizeof *e - sizeof e->size, start, end - start, type};
    map->map_size += sizeof *e;
}

static void build_memory_map(struct map_chunk *map, uint64_t ram)
{
    uint64_t top = low_top(ram);

    map->header = (struct chunk_header){SEL4_BOOTINFO_HEADER_X86_MBMMAP, sizeof *map};
    add_memory(map, 0, LOW_MEMORY_END, MEMORY_USABLE);
    add_memory(map, LOW_MEMORY_END, 0xa0000, MEMORY_RESERVED);
    add_memory(map, BIOS_START, BIOS_END, MEMORY_RESERVED);
    add_memory(map, KERNEL_START, top - FIRMWARE_RESERVE, MEMORY_USABLE);
    add_memory(map, top - FIRMWARE_RESERVE, top, MEMORY_RESERVED);
    add_memory(map, ROM_START, 1ull << 32, MEMORY_RESERVED);
    if (machine_ram_top(ram) > RAM_HIGH_START)
        add_memory(map, RAM_HIGH_START, machine_ram_top(ram), MEMORY_USABLE);
}

static void build_extra(struct machine *m, struct extra_info *extra, uint64_t ram)
{
    memset(extra, 0, sizeof *extra);
    extra->rsdp_header = (struct chunk_header){SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP,
                                               sizeof extra->rsdp_header + sizeof extra->rsdp};
    acpi_build(m, extra->rsdp);
    build_memory_map(&extra->map, ram);
    extra->tsc_header = (struct chunk_header){SEL4_BOOTINFO_HEADER_X86_TSC_FREQ,
                                              sizeof extra->tsc_header + sizeof extra->tsc_mhz};
    extra->tsc_mhz = (uint32_t)(m->clock.tsc_hz / 1000000);
}

/*
 * Host objects, behind the rest: the kernel fills in where their capabilities are. Chunks have any
 * size, and this one wants to be aligned.
 */
struct grant_info {
    uint64_t slot, kind, writable;
    char name[SEL4UX_HOST_NAME_SIZE];
};

struct grants_info {
    struct chunk_header padding_header;
    uint32_t padding;
    struct chunk_header header;
    uint64_t count;
    struct grant_info grant[HOST_GRANTS];
} __attribute__((packed));

_Static_assert((sizeof(struct extra_info) + offsetof(struct grants_info, header)) % 8 == 0,
               "the chunk of host objects is aligned");

struct all_info {
    struct extra_info extra;
    struct grants_info grants;
} __attribute__((packed));

static void build_grants(const struct machine_host *host, struct all_info *info,
                         struct boot_image *b)
{
    struct grants_info *grants = &info->grants;
    uint64_t size = offsetof(struct grants_info, grant) - offsetof(struct grants_info, header) +
                    host->grant_count * sizeof(struct grant_info);

    memset(grants, 0, sizeof *grants);
    if (host->grant_count == 0)
        return;
    grants->padding_header =
        (struct chunk_header){SEL4_BOOTINFO_HEADER_PADDING, offsetof(struct grants_info, header)};
    grants->header = (struct chunk_header){SEL4UX_BOOTINFO_HOST, size};
    grants->count = host->grant_count;
    b->extra_size += offsetof(struct grants_info, header) + size;
    for (uint32_t i = 0; i < host->grant_count; i++) {
        struct grant_info grant = {
            .kind = host->grant[i].kind,
            .writable = host->grant[i].writable,
        };

        memcpy(grant.name, host->grant[i].name, sizeof grant.name);
        grants->grant[i] = grant;
        b->grant[b->grant_count++] = (struct boot_grant){
            .kind = host->grant[i].kind,
            .writable = host->grant[i].writable,
            .slot_at = offsetof(struct all_info, grants.grant) + i * sizeof grant,
        };
    }
}

static void add_region(struct boot_region *list, uint32_t *count, paddr start, paddr end)
{
    list[(*count)++] = (struct boot_region){start, end};
}

static void describe_memory(struct boot_image *b, const struct map_chunk *map)
{
    for (unsigned n = 0; n < map->map_size / sizeof map->entry[0]; n++) {
        struct map_entry e = map->entry[n];

        /* seL4 manages no memory below its own image. */
        if (e.type == MEMORY_USABLE && e.base >= KERNEL_START)
            add_region(b->memory, &b->memory_count, e.base, e.base + e.length);
    }
    add_region(b->reserved, &b->reserved_count, IOAPIC_ADDRESS, IOAPIC_ADDRESS + 0x1000);
    add_region(b->reserved, &b->reserved_count, LAPIC_ADDRESS, LAPIC_ADDRESS + 0x1000);
    add_region(b->reserved, &b->reserved_count, MSI_WINDOW, RAM_HIGH_START);
}

static void place_image(struct machine *m, const struct image *image, const struct boot_image *b)
{
    for (size_t n = 0; n < image->segment_count; n++) {
        const struct image_segment *s = &image->segment[n];
        char *to = kernel_at(&m->kernel, b->paddr_start + (s->vaddr - b->vaddr_start));

        memcpy(to, s->data, s->filesz);
        memset(to + s->filesz, 0, s->memsz - s->filesz);
    }
}

static void init_state(struct machine *m, const struct kernel_config *config, const struct abi *abi,
                       uint64_t ram)
{
    m->kernel.config = *config;
    m->kernel.abi = *abi;
    m->kernel.ram_size = machine_ram_top(ram);
    m->ram_low_top = low_top(ram);
    m->ram_high_top = machine_ram_top(ram) > RAM_HIGH_START ? machine_ram_top(ram) : RAM_HIGH_START;
    m->flush_at = UINT64_MAX;
    for (uint32_t i = 0; i < m->host.grant_count; i++)
        m->host.has_terminal |= m->host.grant[i].kind == SEL4UX_HOST_TERMINAL;
}

static paddr kernel_end(const struct kernel_config *config)
{
    uint64_t domains = (config->num_domains - 1) * DOMAIN_SIZE;
    paddr end = config->printing ? KERNEL_END_PRINTING : KERNEL_END_SILENT;

    if (domains > DOMAIN_ROOM)
        end += (domains - DOMAIN_ROOM + MASK(PAGE_BITS)) & ~MASK(PAGE_BITS);
    return end;
}

int machine_boot(struct machine *m, const struct kernel_config *config, const struct abi *abi,
                 const struct image *image, uint64_t ram, const char **why)
{
    struct boot_image b = {.kernel_start = KERNEL_START, .kernel_boot_end = KERNEL_BOOT_END};
    struct all_info info;

    init_state(m, config, abi, ram);
    b.kernel_end = kernel_end(config);
    b.paddr_start = b.kernel_end;
    b.vaddr_start = image->vaddr_start;
    b.vaddr_end = image->vaddr_end;
    b.entry = image->entry;
    if (ram < MACHINE_MIN_RAM) {
        *why = "a machine needs at least 16M of memory";
        return -ENOSPC;
    }
    if (image->vaddr_end - image->vaddr_start > low_top(ram) - FIRMWARE_RESERVE - b.kernel_end) {
        *why = "the image does not fit in the machine's memory; give it more with --mem";
        return -ENOSPC;
    }
    build_extra(m, &info.extra, ram);
    describe_memory(&b, &info.extra.map);
    b.tsc_mhz = info.extra.tsc_mhz;
    b.extra = &info;
    b.extra_size = sizeof info.extra;
    build_grants(&m->host, &info, &b);
    place_image(m, image, &b);
    /* The PIC, unlike the IOAPIC, keeps what comes to a line that is masked. */
    pit_leave_running(&m->devices.pit, PIT_COUNT);
    if (config->irq_pic)
        interrupts_pulse(&m->devices.interrupts, PIN_TIMER);
    return kernel_boot(&m->kernel, &b, why);
}
