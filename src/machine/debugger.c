/* Stops and steps (see debugger.h); breakpoints and memory are in debugger_memory.c. */
#include "machine/debugger.h"

#include "kernel/thread.h"
#include "machine/debugger_memory.h"
#include "machine/fpu.h"
#include "machine/machine.h"

#define VECTOR_BREAKPOINT 3

static struct kernel *kernel_of(struct machine *m)
{
    return &m->kernel;
}

static struct tcb *current(struct machine *m)
{
    return m->kernel.current != 0 ? kernel_current(&m->kernel) : NULL;
}

static bool hold(struct machine *m, struct debugger_stop stop)
{
    m->debugger.stop = stop;
    machine_ask_pause(m);
    return true;
}

/* ------------------------------------------------------------------ before an entry */

/* int3 was executed. NULL: it's a breakpoint of this VSpace. */
static const struct stop *meet_int3(struct machine *m, const struct stop *stop, struct stop *other)
{
    struct debugger *d = &m->debugger;
    struct tcb *t = current(m);
    uint64_t address = t->regs.rip - 1;
    paddr vspace = kernel_vspace(kernel_of(m), m->kernel.current), at;

    at = debugger_int3(m, vspace, address);
    if (at == 0)
        return stop;
    t->regs.rip = t->regs.fault_ip = address;
    if (debugger_find(m, vspace, address) != NULL) {
        hold(m, (struct debugger_stop){
                    .event = DEBUGGER_BREAKPOINT, .thread = m->kernel.current, .address = address});
        return NULL;
    }
    d->over = at;
    d->over_thread = m->kernel.current;
    debugger_take_out(m, at);
    *other = (struct stop){.kind = STOP_NONE};
    return other;
}

static bool is_fault(const struct stop *stop)
{
    return stop->kind == STOP_VM_FAULT || stop->kind == STOP_EXCEPTION;
}

static bool catches(struct machine *m)
{
    return m->debugger.catch_faults || !kernel_handles_faults(kernel_of(m), m->kernel.current);
}

/* A fault that the debugger knows of and wants to happen. */
static bool raises(struct tcb *t)
{
    bool now = t->debugger_raises && t->regs.rip == t->debugger_rip;

    t->debugger_raises = false;
    return now;
}

const struct stop *debugger_before(struct machine *m, const struct stop *stop, struct stop *other)
{
    struct debugger *d = &m->debugger;
    struct tcb *t = current(m);

    debugger_put_back(m);
    d->foreseen = 0;
    if (d->stop.event != DEBUGGER_NOTHING) {
        machine_ask_pause(m);
        return NULL;
    }
    if (stop->kind == STOP_NONE || t == NULL)
        return stop;
    if (stop->kind == STOP_EXCEPTION && stop->number == VECTOR_BREAKPOINT) {
        stop = meet_int3(m, stop, other);
        if (stop == NULL || stop == other)
            return stop;
    }
    if (stop->kind == STOP_SYSCALL && t->debugger_step == DEBUGGER_STEP_WANTED)
        t->debugger_step = DEBUGGER_STEP_MADE;
    if (!is_fault(stop))
        return stop;
    d->raising = raises(t);
    if (d->raising || !catches(m))
        return stop;
    hold(m, (struct debugger_stop){
                .event = DEBUGGER_FAULT, .thread = m->kernel.current, .fault = *stop});
    return NULL;
}

/* ------------------------------------------------------------------ after an entry */

static bool look_at_unhandled(struct machine *m)
{
    struct kernel *k = kernel_of(m);
    paddr thread = k->unhandled;
    bool known = m->debugger.raising;

    k->unhandled = 0;
    m->debugger.raising = false;
    return thread != 0 && !known &&
           hold(m, (struct debugger_stop){.event = DEBUGGER_FAULT, .thread = thread});
}

static bool look_at_watchpoints(struct machine *m, paddr ran)
{
    struct debugger *d = &m->debugger;
    const struct debugger_watchpoint *w = d->watchpoints > 0 ? debugger_changed(m) : NULL;

    if (w == NULL && d->met != 0)
        w = &d->watchpoint[__builtin_ctz(d->met)];
    d->met = 0;
    return w != NULL && w->vspace != 0 &&
           hold(m, (struct debugger_stop){.event = DEBUGGER_WATCHPOINT,
                                          .watch = w->kind,
                                          .thread = ran,
                                          .address = w->vaddr});
}

/* The trap flag that steps it would show in these instructions: the machine carries them out. */
static void pass_flag_instructions(struct machine *m)
{
    while (machine_steps(m) && fpu_moved_flags(m)) {
        debugger_put_back(m);
        debugger_stepped(m);
    }
}

static bool look_at_step(struct machine *m)
{
    struct tcb *t = current(m);

    if (t->debugger_step == DEBUGGER_STEP_WANTED && t->regs.rip != t->debugger_rip)
        t->debugger_step = DEBUGGER_STEP_MADE;
    if (t->debugger_step != DEBUGGER_STEP_MADE)
        return false;
    t->debugger_step = DEBUGGER_STEP_NONE;
    return hold(m, (struct debugger_stop){.event = DEBUGGER_STEP, .thread = m->kernel.current});
}

static void look_at_start(struct machine *m)
{
    paddr thread = m->kernel.current, vspace = kernel_vspace(kernel_of(m), thread);
    struct pml4 *pml4 = kernel_at(kernel_of(m), vspace);

    if (vspace == 0 || pml4->shadow.known)
        return;
    pml4->shadow.known = true;
    if (m->debugger.catch_starts)
        hold(m, (struct debugger_stop){.event = DEBUGGER_START, .thread = thread});
}

void debugger_after(struct machine *m, paddr ran)
{
    struct debugger *d = &m->debugger;

    if (d->over != 0 && d->over_thread != m->kernel.current)
        debugger_put_back(m);
    debugger_follow_pages(m);
    if (look_at_unhandled(m) || look_at_watchpoints(m, ran) || m->kernel.current == 0)
        return;
    d->stuck = false;
    pass_flag_instructions(m);
    if (!look_at_step(m))
        look_at_start(m);
    d->foreseen = d->watchpoints > 0 ? debugger_foresee(m) : 0;
}

/* ------------------------------------------------------------------ steps */

bool debugger_steps(const struct machine *m)
{
    const struct debugger *d = &m->debugger;
    const struct kernel *k = &m->kernel;

    if (d->over != 0 || kernel_current(k)->debugger_step == DEBUGGER_STEP_WANTED)
        return true;
    return d->watchpoints > 0 && debugger_is_watched(m, kernel_vspace(k, k->current));
}

void debugger_stepped(struct machine *m)
{
    struct tcb *t = current(m);

    m->debugger.met = m->debugger.foreseen;
    m->debugger.foreseen = 0;
    if (t->debugger_step == DEBUGGER_STEP_WANTED)
        t->debugger_step = DEBUGGER_STEP_MADE;
}

bool debugger_stuck(struct machine *m)
{
    struct kernel *k = kernel_of(m);
    bool told = m->debugger.stuck;

    for (paddr p = k->all_threads; p != 0; p = kernel_tcb(k, p)->all_next) {
        if (kernel_tcb(k, p)->held && thread_is_runnable(kernel_tcb(k, p)))
            return true;
    }
    m->debugger.stuck = true;
    return !told && hold(m, (struct debugger_stop){.event = DEBUGGER_STUCK});
}

void debugger_go(struct machine *m, paddr thread, bool step, bool raise)
{
    struct tcb *t = kernel_tcb(kernel_of(m), thread);
    const struct debugger_stop *told = &m->debugger.stop;

    /* int3 is a trap: the thread is behind it. */
    if (raise && told->event == DEBUGGER_FAULT && told->thread == thread &&
        told->fault.kind == STOP_EXCEPTION && told->fault.number == VECTOR_BREAKPOINT)
        t->regs.rip = t->regs.fault_ip = t->regs.rip - 1;
    t->debugger_step = step ? DEBUGGER_STEP_WANTED : DEBUGGER_STEP_NONE;
    t->debugger_raises = raise;
    t->debugger_rip = t->regs.rip;
}

void debugger_forget_steps(struct machine *m)
{
    struct kernel *k = kernel_of(m);

    for (paddr p = k->all_threads; p != 0; p = kernel_tcb(k, p)->all_next)
        kernel_tcb(k, p)->debugger_step = DEBUGGER_STEP_NONE;
}

/* ------------------------------------------------------------------ coming and going */

void debugger_know_all(struct machine *m)
{
    struct kernel *k = kernel_of(m);

    for (paddr p = k->all_threads; p != 0; p = kernel_tcb(k, p)->all_next) {
        paddr vspace = kernel_vspace(k, p);

        if (vspace != 0)
            ((struct pml4 *)kernel_at(k, vspace))->shadow.known = true;
    }
}

void debugger_attach(struct machine *m)
{
    m->debugger = (struct debugger){.on = true};
    m->kernel.unhandled = 0;
    debugger_know_all(m);
}

void debugger_detach(struct machine *m)
{
    struct debugger *d = &m->debugger;
    struct kernel *k = kernel_of(m);

    for (unsigned n = 0; n < DEBUGGER_BREAKPOINTS; n++) {
        if (d->breakpoint[n].vspace != 0)
            debugger_clear_breakpoint(m, d->breakpoint[n].vspace, d->breakpoint[n].vaddr);
    }
    debugger_forget_steps(m);
    for (paddr p = k->all_threads; p != 0; p = kernel_tcb(k, p)->all_next)
        kernel_hold(k, p, false);
    *d = (struct debugger){.on = false};
}
