/*
 * The world's memory, its boot and its platform. Memory is mapped once; a boot clears what the last
 * run touched.
 */
#include "kernel_world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef __has_feature
#define __has_feature(x) 0 /* gcc says it with a macro */
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#else
#define __asan_poison_memory_region(p, n)   ((void)(p), (void)(n))
#define __asan_unpoison_memory_region(p, n) ((void)(p), (void)(n))
#endif

#define GUARD_SIZE   (1ull << 30)
#define STATE_SIZE   ((sizeof(struct kernel) + PAGE - 1) & ~(PAGE - 1))
#define LARGE_SIZE   (64ull << 10)
#define PAGE         4096ull
#define KERNEL_START WORLD_RAM_START
#define KERNEL_END   0x180000ull
#define IMAGE_SIZE   0x2000ull

static struct {
    struct kernel *k;
    uint32_t pending;
    bool touched[WORLD_RAM / PAGE]; /* pages with memory that was opened, perhaps written */
    bool open[HOST_OBJECTS];        /* host objects that were made and not closed */
} world;

void world_fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("fuzz_kernel: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    __builtin_trap();
}

/* ------------------------------------------------------------------ memory */

void world_poison(struct kernel *k, paddr start, uint64_t size)
{
    __asan_poison_memory_region(kernel_at(k, start), size);
}

void world_unpoison(struct kernel *k, paddr start, uint64_t size)
{
    __asan_unpoison_memory_region(kernel_at(k, start), size);
    for (uint64_t page = start / PAGE; page <= (start + size - 1) / PAGE; page++)
        world.touched[page] = true;
}

/* Zeroes and poisons; only touched pages can be otherwise. */
static void clear(struct kernel *k, paddr start, uint64_t size)
{
    for (paddr p = start, next; p < start + size; p = next) {
        next = (p / PAGE + 1) * PAGE;
        if (next > start + size)
            next = start + size;
        if (!world.touched[p / PAGE])
            continue;
        __asan_unpoison_memory_region(kernel_at(k, p), next - p);
        memset(kernel_at(k, p), 0, next - p);
        world_poison(k, p, next - p);
        if (next - p == PAGE)
            world.touched[p / PAGE] = false;
    }
}

static void map_memory(void)
{
    size_t size = GUARD_SIZE + KERNEL_RAM_OFFSET + WORLD_RAM + GUARD_SIZE;
    char *base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (base == MAP_FAILED)
        world_fail("no address space for the machine");
    base += GUARD_SIZE;
    world.k = (struct kernel *)base;
    if (mprotect(base, STATE_SIZE, PROT_READ | PROT_WRITE) ||
        mprotect(base + KERNEL_RAM_OFFSET, WORLD_RAM, PROT_READ | PROT_WRITE))
        world_fail("no memory for the machine");
    world_poison(world.k, 0, WORLD_RAM);
}

/* One of each sort, whose slots are told to nobody: there is no boot info but the kernel's own. */
static void grant_host_objects(struct boot_image *image)
{
    static const uint8_t kinds[] = {SEL4UX_HOST_DIRECTORY, SEL4UX_HOST_LISTENER, SEL4UX_HOST_PEER};
    static const uint64_t extra[2 + sizeof kinds] = {SEL4UX_BOOTINFO_HOST, sizeof extra};

    image->extra = extra;
    image->extra_size = sizeof extra;
    memset(world.open, 0, sizeof world.open);
    for (unsigned i = 0; i < sizeof kinds; i++) {
        image->grant[image->grant_count++] = (struct boot_grant){
            .kind = kinds[i], .writable = i != 1, .slot_at = (2 + i) * sizeof extra[0]};
        world.open[i] = true;
    }
}

struct kernel *world_boot(const struct kernel_config *config)
{
    struct boot_image image = {
        .vaddr_start = WORLD_IMAGE,
        .vaddr_end = WORLD_IMAGE + IMAGE_SIZE,
        .paddr_start = KERNEL_END,
        .entry = WORLD_SYSCALL_IP,
        .kernel_start = KERNEL_START,
        .kernel_end = KERNEL_END,
        .tsc_mhz = 1000,
        .memory_count = 1,
        .memory = {{KERNEL_START, WORLD_RAM}},
    };
    const char *why = NULL;

    if (!world.k)
        map_memory();
    memset(world.k, 0, sizeof(*world.k));
    clear(world.k, 0, WORLD_RAM);
    oracle_reset();
    grant_host_objects(&image);
    world.pending = 0;
    world.k->config = *config;
    world.k->ram_size = WORLD_RAM;
    world.k->recording = true; /* which must change nothing */
    world_unpoison(world.k, KERNEL_END, IMAGE_SIZE);
    if (kernel_boot(world.k, &image, &why))
        world_fail("boot: %s", why);
    return world.k;
}

/* ------------------------------------------------------------------ kernel/platform.h */

static void require_range(const char *what, paddr start, uint64_t size)
{
    if (size == 0 || size > WORLD_RAM || start > WORLD_RAM - size || start % 16 || size % 16)
        world_fail("%s of %#lx, %#lx bytes", what, start, size);
}

static void require_ports(const struct kernel *k, unsigned port, unsigned width)
{
    if (width != 1 && width != 2 && width != 4)
        world_fail("I/O of %u bytes", width);
    for (unsigned p = port; p < port + width; p++)
        if (p > 0xffff || !(k->io_ports[p / 64] >> (p % 64) & 1))
            world_fail("I/O on port %#x, which no capability covers", p);
}

uint32_t platform_port_in(struct kernel *k, uint16_t port, unsigned width)
{
    require_ports(k, port, width);
    return 0xa5a5a5a5;
}

void platform_port_out(struct kernel *k, uint16_t port, unsigned width, uint32_t value)
{
    require_ports(k, port, width);
    if (width < 4 && value >> (8 * width))
        world_fail("output of %#x in %u bytes", value, width);
}

void platform_irq_configure(struct kernel *k, unsigned irq)
{
    if (irq >= IRQ_COUNT || k->irq[irq].state != IRQ_SIGNAL)
        world_fail("interrupt %u is configured but not in use", irq);
}

void platform_irq_mask(struct kernel *k, unsigned irq, bool masked)
{
    (void)masked;
    if (irq >= IRQ_COUNT || !irq_has_pin(&k->irq[irq]))
        world_fail("interrupt %u can't be masked", irq);
}

void world_set_pending(uint32_t answers)
{
    world.pending = answers;
}

uint64_t platform_now(const struct kernel *k)
{
    return k->now;
}

bool platform_irq_pending(struct kernel *k)
{
    bool answer = world.pending & 1;

    (void)k;
    world.pending = world.pending >> 1 | world.pending << 31;
    return answer;
}

void platform_console(struct kernel *k, char c)
{
    (void)k;
    (void)c;
}

void platform_log(struct kernel *k, const char *line)
{
    (void)k;
    if (getenv("FUZZ_TRACE"))
        fprintf(stderr, "log: %s\n", line);
    if (strchr(line, '\n'))
        world_fail("more than one line of log");
}

void platform_zero(struct kernel *k, paddr start, uint64_t size)
{
    require_range("zeroing", start, size);
    oracle_memory_zeroed(start, size);
    clear(k, start, size);
}

void platform_used(struct kernel *k, paddr start, uint64_t size)
{
    require_range("use", start, size);
    world_unpoison(k, start, size);
    /* Large frames are looked at in samples. */
    uint64_t stride = size > LARGE_SIZE ? 64 * PAGE : sizeof(word);
    for (paddr p = start; p < start + size; p += stride)
        if (*(const word *)kernel_at(k, p))
            world_fail("an object is made at %#lx in memory that is not zero", p);
}

static bool makes_object(const struct host_request *r)
{
    return r->label == SEL4UX_HOST_OPEN || r->label == SEL4UX_HOST_ACCEPT ||
           r->label == SEL4UX_HOST_CONNECT;
}

/* Succeeds three times out of four, and fills buffers. */
void platform_host(struct kernel *k, struct host_request *r)
{
    if (r->object >= HOST_OBJECTS || !world.open[r->object])
        world_fail("request %#x to host object %u, which is not open", r->label, r->object);
    if (r->label == HOST_CLOSE) {
        world.open[r->object] = false;
        return;
    }
    if (r->size > SEL4UX_HOST_MOVE_MAX || r->buffer > WORLD_RAM || r->size > WORLD_RAM - r->buffer)
        world_fail("a host buffer at %#lx, %#lx bytes", r->buffer, r->size);
    if (r->fills && r->size <= PAGE)
        memset(kernel_at(k, r->buffer), 0xa5, r->size);
    r->result = (r->argument[0] & 3) == 3 ? -SEL4UX_HOST_NOT_FOUND : (int64_t)(r->size / 2);
    if (r->result < 0 || !makes_object(r))
        return;
    if (r->made >= HOST_OBJECTS || world.open[r->made])
        world_fail("host object %u is made, which is open", r->made);
    world.open[r->made] = true;
    r->kind = r->argument[1] & 1 ? SEL4UX_HOST_DIRECTORY : SEL4UX_HOST_FILE;
}

void world_check_host(const struct kernel *k)
{
    for (unsigned i = 0; i < HOST_OBJECTS; i++) {
        if (world.open[i] != (k->host[i].kind != SEL4UX_HOST_NONE))
            world_fail("host object %u is %s", i, world.open[i] ? "leaked" : "closed too early");
    }
}

void platform_vspace_gone(struct kernel *k, uint32_t host)
{
    (void)k;
    oracle_vspace_gone(host);
}

void platform_record(struct kernel *k, enum record_kind kind, unsigned detail, paddr object,
                     const word *words, unsigned count)
{
    (void)k;
    (void)words;
    if (kind >= RECORD_KIND_COUNT || detail > 127 || object >> 48 != 0 || count > RECORD_WORDS_MAX)
        world_fail("record %u has detail %u and %u words", (unsigned)kind, detail, count);
}
