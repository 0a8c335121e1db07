/* Machines' memory mapped for reading, and which pages of it are stored (see state.h). */
#define _FILE_OFFSET_BITS 64
#include "state/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGES_PER_WORD 64

/* FNV-1a over what both ends compile in. */
uint64_t state_layout(void)
{
    const uint64_t facts[] = {
        sizeof(struct kernel),
        sizeof(struct machine),
        sizeof(struct tcb),
        sizeof(struct cte),
        sizeof(struct notification),
        sizeof(struct sched_context),
        sizeof(struct irq),
        sizeof(struct failure),
        KERNEL_RAM_OFFSET,
        INV_COUNT,
        SYS_COUNT,
        offsetof(struct kernel, current),
        offsetof(struct kernel, ready),
        offsetof(struct kernel, irq),
        offsetof(struct kernel, irq_node),
        offsetof(struct kernel, all_threads),
        offsetof(struct tcb, state),
        offsetof(struct tcb, blocking_object),
        offsetof(struct tcb, fault),
        offsetof(struct tcb, name),
        offsetof(struct tcb, regs),
        offsetof(struct tcb, failure),
        offsetof(struct machine, clock),
        offsetof(struct machine, ram_low_top),
        offsetof(struct machine, irq_masked),
        offsetof(struct machine, end),
    };
    uint64_t hash = 0xcbf29ce484222325ull;

    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        hash = (hash ^ facts[i]) * 0x100000001b3ull;
    return hash;
}

static struct state_identity *identity_of(const struct machine *m)
{
    return (struct state_identity *)((uintptr_t)m + MACHINE_IDENTITY_OFFSET);
}

void state_identify(struct machine *m, const char *engine, const char *image)
{
    struct state_identity *i = identity_of(m);

    *i = (struct state_identity){.magic = STATE_IDENTITY_MAGIC,
                                 .layout = state_layout(),
                                 .started = (uint64_t)time(NULL),
                                 .pid = (uint32_t)getpid()};
    snprintf(i->engine, sizeof i->engine, "%s", engine);
    snprintf(i->image, sizeof i->image, "%s", image);
}

bool state_identity(const struct state *s, struct state_identity *identity)
{
    memcpy(identity, identity_of(s->machine), sizeof *identity);
    identity->engine[sizeof identity->engine - 1] = '\0';
    identity->image[sizeof identity->image - 1] = '\0';
    return memcmp(identity->magic, STATE_IDENTITY_MAGIC, sizeof identity->magic) == 0 &&
           identity->layout == state_layout();
}

bool state_size_is_valid(uint64_t size)
{
    return size > KERNEL_RAM_OFFSET && size - KERNEL_RAM_OFFSET <= MACHINE_MAX_RAM &&
           size % BIT(PAGE_BITS) == 0;
}

int state_map(struct state *s, int fd, uint64_t size, struct error *err)
{
    struct stat status;
    int seals = fcntl(fd, F_GET_SEALS);
    void *map;

    *s = (struct state){.size = size};
    if (!state_size_is_valid(size) || fstat(fd, &status) != 0 || (uint64_t)status.st_size != size ||
        seals < 0 || !(seals & F_SEAL_SHRINK)) {
        error_set(err, "what was given as the machine's memory is no such memory");
        return -EINVAL;
    }
    map = mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (map == MAP_FAILED)
        return error_errno(err, errno, "can't map the machine's memory");
    s->machine = map;
    return 0;
}

static void mark(struct state *s, uint64_t start, uint64_t end)
{
    for (uint64_t page = start >> PAGE_BITS; page < (end + MASK(PAGE_BITS)) >> PAGE_BITS; page++)
        s->pages[page / PAGES_PER_WORD] |= BIT(page % PAGES_PER_WORD);
}

int state_make_pages(struct state *s, struct error *err)
{
    void *map;

    s->pages_size = ((state_ram(s) >> PAGE_BITS) / PAGES_PER_WORD + 1) * sizeof(uint64_t);
    map = mmap(NULL, s->pages_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return error_errno(err, errno, "can't look at the machine's memory");
    s->pages = map;
    return 0;
}

void state_mark_pages(struct state *s, uint64_t start, uint64_t end)
{
    if (end > KERNEL_RAM_OFFSET)
        mark(s, start > KERNEL_RAM_OFFSET ? start - KERNEL_RAM_OFFSET : 0, end - KERNEL_RAM_OFFSET);
}

int state_find_pages(struct state *s, int fd, struct error *err)
{
    off_t size = (off_t)s->size, start, end = 0;
    int status = state_make_pages(s, err);

    while (status == 0 && end < size && (start = lseek(fd, end, SEEK_DATA)) >= 0) {
        end = lseek(fd, start, SEEK_HOLE);
        if (end < 0 || end <= start)
            return error_errno(err, errno ? errno : EIO, "can't find what the machine has stored");
        end = end < size ? end : size;
        state_mark_pages(s, (uint64_t)start, (uint64_t)end);
    }
    return status;
}

void state_free(struct state *s)
{
    if (s->machine != NULL)
        munmap((void *)s->machine, s->size);
    if (s->pages != NULL)
        munmap(s->pages, s->pages_size);
    *s = (struct state){.size = 0};
}
