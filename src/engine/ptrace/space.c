/*
 * VSpaces' stand-ins (see space.h). Indices never change, so shadow.host can name them; the
 * tracees of those that are let go are emptied and used again.
 */
#include "engine/ptrace/space.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>

#include "engine/ptrace/runner.h"
#include "kernel/vspace/vspace.h"

#define PAGE            4096ull
#define MAX_SPACES      32768
#define WINDOW          (256ull << 10) /* refills look at neighbours in an aligned window this big */
#define EAGER_SIZE      (256ull << 10) /* changed ranges up to this size are mapped at once */
#define STUB_CANDIDATES 64

static struct space *spaces;
static uint32_t space_count;
static int memory_fd;

/* System calls collected for one tracee. */
struct batch {
    size_t count;
    struct tracee_call call[TRACEE_MAX_CALLS];
};

void spaces_init(int fd)
{
    void *map = mmap(NULL, MAX_SPACES * sizeof(struct space), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    spaces = map == MAP_FAILED ? NULL : map;
    memory_fd = fd;
}

/* ------------------------------------------------------------------ mapping */

static void batch_run(struct machine *m, struct space *space, struct batch *batch)
{
    int status;

    if (batch->count == 0)
        return;
    space->loaded = false;
    status = tracee_calls(&space->tracee, batch->call, batch->count, NULL);
    batch->count = 0;
    if (status == -EPERM || status == -EACCES)
        runner_fail(m, "the host refuses a mapping at a low address that the guest uses "
                       "(vm.mmap_min_addr)");
    if (status == -ESRCH)
        runner_fail(m, "a process of the guest was killed");
    if (status != 0)
        runner_fail(m, "the host refuses a mapping in a process of the guest: %s",
                    strerror(-status));
}

static void batch_add(struct machine *m, struct space *space, struct batch *batch,
                      struct tracee_call call)
{
    if (batch->count == TRACEE_MAX_CALLS)
        batch_run(m, space, batch);
    batch->call[batch->count++] = call;
}

/* Any page that neither the guest's tables nor the stub use. */
static void move_stub(struct machine *m, struct space *space, paddr pml4)
{
    struct translation t;
    uint64_t at = TRACEE_USER_END - PAGE;

    for (int n = 0; n < STUB_CANDIDATES; n++, at -= 0x7654321ull * PAGE) {
        if (at == space->tracee.stub || kernel_translate(&m->kernel, pml4, at, &t))
            continue;
        space->loaded = false;
        if (tracee_move_stub(&space->tracee, at) == 0)
            return;
    }
    runner_fail(m, "the guest leaves no room for the stub page in its address space");
}

static bool has_stub(const struct space *space, uint64_t start, uint64_t end)
{
    return start < space->tracee.stub + PAGE && end > space->tracee.stub;
}

static int protection_of(const struct translation *run, enum space_map how)
{
    return PROT_READ | (run->write && how != SPACE_COPY ? PROT_WRITE : 0) |
           (how != SPACE_DATA || !text_matters() ? PROT_EXEC : 0);
}

static void add_map(struct machine *m, struct space *space, struct batch *batch, paddr pml4,
                    const struct translation *run, enum space_map how)
{
    uint64_t sharing = how == SPACE_COPY ? MAP_PRIVATE : MAP_SHARED;

    if (has_stub(space, run->start, run->end)) {
        batch_run(m, space, batch);
        move_stub(m, space, pml4);
    }
    text_unmapped(space, run->start, run->end);
    batch_add(
        m, space, batch,
        (struct tracee_call){SYS_mmap,
                             {run->start, run->end - run->start, (uint64_t)protection_of(run, how),
                              sharing | MAP_FIXED | MAP_NORESERVE, (uint64_t)memory_fd,
                              KERNEL_RAM_OFFSET + run->frame}});
}

static void add_unmap_piece(struct machine *m, struct space *space, struct batch *batch,
                            uint64_t start, uint64_t end)
{
    if (start >= end)
        return;
    text_unmapped(space, start, end);
    batch_add(m, space, batch, (struct tracee_call){SYS_munmap, {start, end - start}});
}

static void add_unmap(struct machine *m, struct space *space, struct batch *batch, uint64_t start,
                      uint64_t end)
{
    uint64_t stub = space->tracee.stub;

    if (end > TRACEE_USER_END)
        end = TRACEE_USER_END;
    if (!has_stub(space, start, end)) {
        add_unmap_piece(m, space, batch, start, end);
        return;
    }
    add_unmap_piece(m, space, batch, start, stub);
    add_unmap_piece(m, space, batch, stub + PAGE, end);
}

static bool is_ram(const struct machine *m, paddr start, uint64_t size)
{
    return machine_is_ram(m, start) && machine_is_ram(m, start + size - 1);
}

/* The part of a mapping that lies in [start, end). */
static struct translation clip(struct translation t, uint64_t start, uint64_t end)
{
    if (t.start < start) {
        t.frame += start - t.start;
        t.start = start;
    }
    if (t.end > end)
        t.end = end;
    return t;
}

/* The mapping at `vaddr` with all that follows it seamlessly up to `end`; false: no RAM there. */
static bool find_run(const struct machine *m, paddr pml4, uint64_t vaddr, uint64_t end,
                     struct translation *run)
{
    struct translation next;

    if (!kernel_translate(&m->kernel, pml4, vaddr, run) ||
        !is_ram(m, run->frame, run->end - run->start))
        return false;
    *run = clip(*run, vaddr, end);
    while (run->end < end && kernel_translate(&m->kernel, pml4, run->end, &next) &&
           next.start == run->end && next.frame == run->frame + (run->end - run->start) &&
           next.write == run->write && is_ram(m, next.frame, next.end - next.start))
        run->end = clip(next, next.start, end).end;
    return true;
}

static void update_range(struct machine *m, struct space *space, struct batch *batch, paddr pml4,
                         struct vspace_range range)
{
    struct translation run;
    uint64_t at = range.start, gap = range.start;

    if (range.end - range.start > EAGER_SIZE) {
        add_unmap(m, space, batch, range.start, range.end);
        return;
    }
    while (at < range.end) {
        if (!find_run(m, pml4, at, range.end, &run)) {
            at += PAGE;
            continue;
        }
        add_unmap(m, space, batch, gap, at);
        add_map(m, space, batch, pml4, &run, SPACE_DATA);
        at = gap = run.end;
    }
    add_unmap(m, space, batch, gap, range.end);
}

void space_update(struct machine *m, struct space *space, paddr pml4)
{
    struct vspace_shadow *shadow = &pml4_at(&m->kernel, pml4)->shadow;
    struct batch batch = {0};

    if (!shadow->flush_all && shadow->pending == 0)
        return;
    if (shadow->flush_all)
        add_unmap(m, space, &batch, 0, TRACEE_USER_END);
    else
        for (uint32_t n = 0; n < shadow->pending; n++)
            update_range(m, space, &batch, pml4, shadow->range[n]);
    shadow->flush_all = false;
    shadow->pending = 0;
    batch_run(m, space, &batch);
}

void space_refill(struct machine *m, struct space *space, paddr pml4, uint64_t vaddr,
                  const struct translation *t)
{
    struct translation run = *t;

    if (t->end - t->start <= WINDOW) {
        uint64_t window = t->start & ~(WINDOW - 1), at = window;

        /* The run that `vaddr` is in; it exists, since the caller found the page to be RAM. */
        for (;;) {
            if (!find_run(m, pml4, at, window + WINDOW, &run))
                at += PAGE;
            else if (run.end <= vaddr)
                at = run.end;
            else
                break;
        }
    }
    space_map(m, space, pml4, &run, SPACE_DATA);
}

bool space_page(const struct machine *m, paddr pml4, uint64_t vaddr, struct translation *page)
{
    return find_run(m, pml4, vaddr, vaddr + PAGE, page);
}

void space_map(struct machine *m, struct space *space, paddr pml4, const struct translation *run,
               enum space_map how)
{
    struct batch batch = {0};

    add_map(m, space, &batch, pml4, run, how);
    batch_run(m, space, &batch);
}

void space_drop(struct machine *m, struct space *space, uint64_t start, uint64_t end)
{
    struct batch batch = {0};

    add_unmap(m, space, &batch, start, end);
    batch_run(m, space, &batch);
}

/* ------------------------------------------------------------------ life */

static struct space *find_free(struct machine *m)
{
    for (uint32_t n = 0; n < space_count; n++) {
        if (!spaces[n].used)
            return &spaces[n];
    }
    if (spaces == NULL || space_count == MAX_SPACES)
        runner_fail(m, "too many address spaces");
    return &spaces[space_count++];
}

struct space *space_of(struct machine *m, paddr pml4)
{
    struct vspace_shadow *shadow = &pml4_at(&m->kernel, pml4)->shadow;

    if (shadow->host != 0)
        return &spaces[shadow->host - 1];
    struct space *space = find_free(m);
    if (space->tracee.pid == 0) {
        int status = tracee_create(&space->tracee);

        if (status != 0)
            runner_fail(m, "can't create a process for an address space: %s", strerror(-status));
    }
    space->used = true;
    space->loaded = false;
    shadow->host = (uint32_t)(space - spaces) + 1;
    return space;
}

static void save_fpu(struct machine *m, struct space *space);

void space_release(struct machine *m, uint32_t host)
{
    if (host == 0 || host > space_count || !spaces[host - 1].used)
        return;
    struct space *space = &spaces[host - 1];
    save_fpu(m, space);
    space_drop(m, space, 0, TRACEE_USER_END);
    space->used = false;
}

/* ------------------------------------------------------------------ FPU */

/*
 * A TCB whose FPU state lives in a tracee holds a ticket in bytes of the area that hardware leaves
 * to software. The kernel model initialises the area with the TCB, so a TCB that was deleted, even
 * one made anew at the same address, holds none, and nothing is written to it.
 */
struct fpu_ticket {
    uint64_t number; /* 0: the state is in the area */
    uint32_t host;
};

#define TICKET_OFFSET 464

static uint64_t next_ticket(void)
{
    static uint64_t last;

    if (last == 0 && getrandom(&last, sizeof last, 0) != (ssize_t)sizeof last)
        last = __builtin_ia32_rdtsc() << 20;
    last += 2;
    return last | 1;
}

static struct fpu_ticket *ticket_of(struct machine *m, paddr tcb)
{
    return (struct fpu_ticket *)(kernel_tcb(&m->kernel, tcb)->fpu + TICKET_OFFSET);
}

static void save_fpu(struct machine *m, struct space *space)
{
    paddr owner = space->fpu_owner;

    space->fpu_owner = 0;
    if (owner == 0 || ticket_of(m, owner)->number != space->fpu_ticket)
        return;
    if (tracee_get_fpu(&space->tracee, kernel_tcb(&m->kernel, owner)->fpu, FPU_AREA_SIZE) != 0)
        runner_fail(m, "can't read a thread's FPU state");
    *ticket_of(m, owner) = (struct fpu_ticket){0};
}

void space_load_fpu(struct machine *m, struct space *space, paddr tcb)
{
    struct fpu_ticket *ticket = ticket_of(m, tcb);

    if (space->fpu_owner == tcb && ticket->number == space->fpu_ticket)
        return;
    save_fpu(m, space);
    if (ticket->number != 0 && ticket->host - 1 < space_count)
        save_fpu(m, &spaces[ticket->host - 1]);
    *ticket = (struct fpu_ticket){0};
    if (tracee_set_fpu(&space->tracee, kernel_tcb(&m->kernel, tcb)->fpu, FPU_AREA_SIZE) != 0)
        runner_fail(m, "can't set a thread's FPU state");
    space->fpu_owner = tcb;
    space->fpu_ticket = next_ticket();
    *ticket = (struct fpu_ticket){space->fpu_ticket, (uint32_t)(space - spaces) + 1};
}

void spaces_save_fpu(struct machine *m)
{
    for (uint32_t n = 0; n < space_count; n++)
        save_fpu(m, &spaces[n]);
}
