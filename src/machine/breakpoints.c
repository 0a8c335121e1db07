/* Hardware breakpoints without debug registers, see breakpoints.h. */
#include "machine/breakpoints.h"

#include "machine/emulate.h"

#define RFLAGS_RF       0x10000ull
#define DR6_SINGLE_STEP BIT(14)

enum { TYPE_DATA, TYPE_INSTRUCTION };                           /* seL4_BreakpointType */
enum { ACCESS_ON_READ, ACCESS_ON_WRITE, ACCESS_ON_READ_WRITE }; /* seL4_BreakpointAccess */

static const struct breakpoint *slots(const struct machine *m)
{
    return kernel_tcb(&m->kernel, m->kernel.current)->debug.slot;
}

bool breakpoints_step(const struct machine *m)
{
    if (!m->emulates_breakpoints || m->kernel.current == 0)
        return false;
    for (unsigned n = 0; n < BREAKPOINT_COUNT; n++) {
        if (slots(m)[n].enabled)
            return true;
    }
    return false;
}

unsigned breakpoints_here(const struct machine *m)
{
    const struct user_regs *r = &kernel_tcb(&m->kernel, m->kernel.current)->regs;
    unsigned here = 0;

    if (r->rflags & RFLAGS_RF)
        return 0;
    for (unsigned n = 0; n < BREAKPOINT_COUNT; n++) {
        const struct breakpoint *b = &slots(m)[n];

        if (b->enabled && b->type == TYPE_INSTRUCTION && b->vaddr == r->rip)
            here |= 1u << n;
    }
    return here;
}

/* Of data breakpoints those that an access of `size` bytes at `start` meets. */
static unsigned data_met(const struct machine *m, uint64_t start, uint64_t size, bool writes)
{
    unsigned met = 0;

    for (unsigned n = 0; n < BREAKPOINT_COUNT; n++) {
        const struct breakpoint *b = &slots(m)[n];

        if (b->enabled && b->type == TYPE_DATA && (writes || b->access != ACCESS_ON_WRITE) &&
            start < b->vaddr + b->size && b->vaddr < start + size)
            met |= 1u << n;
    }
    return met;
}

void breakpoints_foresee(struct machine *m)
{
    const struct access *a = emulate_decode(m);

    for (unsigned n = 0; n < a->memory_count; n++) {
        const struct access_memory *memory = &a->memory[n];

        m->foreseen |= data_met(m, emulate_address(m, a, memory), memory->size, memory->writes);
    }
}

void breakpoints_stepped(struct machine *m)
{
    m->met = m->foreseen;
}

const struct stop *breakpoints_stop(struct machine *m, const struct stop *stop, struct stop *hit)
{
    unsigned met = m->met;

    /* A step that the guest itself wants is a stop of its own already. */
    if (stop->kind == STOP_DEBUG && (stop->number & DR6_SINGLE_STEP))
        met = m->foreseen;
    m->met = m->foreseen = 0;
    if (met == 0 || m->kernel.current == 0)
        return stop;
    *hit = *stop;
    hit->kind = STOP_DEBUG;
    hit->address = kernel_current(&m->kernel)->regs.rip;
    hit->number |= met;
    return hit;
}
