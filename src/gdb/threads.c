/*
 * Processes and threads as a debugger sees them: VSpaces that have threads, and TCBs that have a
 * VSpace, by their serial numbers. All of it is found again in the machine each time.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "gdb/session.h"
#include "kernel/vspace/vspace.h"

unsigned gdb_pid(const struct gdb *g, paddr thread)
{
    paddr vspace = kernel_vspace(gdb_kernel(g), thread);
    unsigned pid = vspace != 0 ? pml4_at(gdb_kernel(g), vspace)->shadow.serial : 0;

    for (unsigned n = 0; n < g->left_count; n++) {
        if (g->left[n] == pid)
            return 0;
    }
    return pid;
}

paddr gdb_find_vspace(const struct gdb *g, int64_t pid)
{
    paddr thread = gdb_find_thread(g, (struct gdb_thread_id){pid, GDB_ALL});

    return pid > 0 && thread != 0 ? kernel_vspace(gdb_kernel(g), thread) : 0;
}

bool gdb_matches(const struct gdb *g, paddr thread, struct gdb_thread_id id)
{
    const struct tcb *t = kernel_tcb(gdb_kernel(g), thread);
    unsigned pid = gdb_pid(g, thread);

    return pid != 0 && (id.process <= 0 || id.process == (int64_t)pid) &&
           (id.thread <= 0 || id.thread == (int64_t)t->serial);
}

paddr gdb_find_serial(const struct gdb *g, uint64_t serial)
{
    struct kernel *k = gdb_kernel(g);
    paddr p = k->all_threads;

    while (p != 0 && kernel_tcb(k, p)->serial != serial)
        p = kernel_tcb(k, p)->all_next;
    return p != 0 && gdb_pid(g, p) != 0 ? p : 0;
}

paddr gdb_find_thread(const struct gdb *g, struct gdb_thread_id id)
{
    struct kernel *k = gdb_kernel(g);
    paddr found = 0;

    if (k->current != 0 && gdb_matches(g, k->current, id))
        return k->current;
    /* The newest comes first; the oldest is who gave birth to the others. */
    for (paddr p = k->all_threads; p != 0; p = kernel_tcb(k, p)->all_next)
        found = gdb_matches(g, p, id) ? p : found;
    return found;
}

paddr gdb_any_thread(const struct gdb *g)
{
    return gdb_find_thread(g, (struct gdb_thread_id){0, 0});
}

/* Each is newer than the one before. */
static paddr skip_homeless(const struct gdb *g, paddr p)
{
    while (p != 0 && gdb_pid(g, p) == 0)
        p = kernel_tcb(gdb_kernel(g), p)->all_prev;
    return p;
}

paddr gdb_first_thread(const struct gdb *g)
{
    struct kernel *k = gdb_kernel(g);
    paddr oldest = k->all_threads;

    while (oldest != 0 && kernel_tcb(k, oldest)->all_next != 0)
        oldest = kernel_tcb(k, oldest)->all_next;
    return skip_homeless(g, oldest);
}

paddr gdb_next_thread(const struct gdb *g, paddr thread)
{
    return skip_homeless(g, kernel_tcb(gdb_kernel(g), thread)->all_prev);
}

void gdb_print_id(const struct gdb *g, struct gdb_text *t, paddr thread)
{
    uint64_t serial = thread != 0 ? kernel_tcb(gdb_kernel(g), thread)->serial : 0;

    if (g->multiprocess)
        gdb_text_print(t, "p%x.%" PRIx64, thread != 0 ? gdb_pid(g, thread) : 0, serial);
    else
        gdb_text_print(t, "%" PRIx64, serial);
}

/* ------------------------------------------------------------------ what they are doing */

static void print_endpoint(struct gdb_text *t, const char *what, const struct tcb *tcb, bool badge)
{
    gdb_text_print(t, "%s endpoint 0x%" PRIx64, what, tcb->blocking_object);
    if (badge)
        gdb_text_print(t, ", badge 0x%" PRIx64, tcb->blocking_badge);
}

static void print_fault(struct gdb_text *t, const struct fault *f)
{
    switch ((enum fault_kind)f->kind) {
    case FAULT_CAP:
        gdb_text_print(t, "capability fault, cptr 0x%" PRIx64, f->address);
        break;
    case FAULT_UNKNOWN_SYSCALL:
        gdb_text_print(t, "unknown system call %" PRId64, (int64_t)f->number);
        break;
    case FAULT_USER_EXCEPTION:
        gdb_text_print(t, "exception %" PRIu64, f->number);
        break;
    case FAULT_DEBUG_EXCEPTION:
        gdb_text_print(t, "debug exception");
        break;
    case FAULT_TIMEOUT:
        gdb_text_print(t, "timeout");
        break;
    case FAULT_VM:
        gdb_text_print(t, "page fault at 0x%" PRIx64, f->address);
        break;
    case FAULT_NONE:
        break;
    }
}

static void print_state(const struct kernel *k, struct gdb_text *t, paddr thread)
{
    const struct tcb *tcb = kernel_tcb(k, thread);

    switch ((enum thread_state)tcb->state) {
    case THREAD_INACTIVE:
        gdb_text_print(t, "inactive");
        break;
    case THREAD_RUNNING:
    case THREAD_RESTART:
        gdb_text_print(t, k->current == thread                       ? "running"
                          : tcb->in_release_queue                    ? "waiting for budget"
                          : k->config.mcs && tcb->sched_context == 0 ? "without scheduling context"
                                                                     : "ready");
        break;
    case THREAD_BLOCKED_ON_RECEIVE:
        print_endpoint(t, "receiving from", tcb, false);
        break;
    case THREAD_BLOCKED_ON_SEND:
        print_endpoint(t, tcb->blocking_is_call ? "calling" : "sending to", tcb, true);
        break;
    case THREAD_BLOCKED_ON_REPLY:
        gdb_text_print(t, "waiting for a reply");
        break;
    case THREAD_BLOCKED_ON_NOTIFICATION:
        gdb_text_print(t, "waiting on notification 0x%" PRIx64, tcb->blocking_object);
        break;
    }
}

void gdb_extra_info(struct gdb *g, struct gdb_text *t, paddr thread)
{
    const struct kernel *k = gdb_kernel(g);
    const struct tcb *tcb = kernel_tcb(k, thread);

    if (tcb->fault.kind != FAULT_NONE &&
        (tcb->state == THREAD_BLOCKED_ON_REPLY || tcb->state == THREAD_BLOCKED_ON_SEND)) {
        gdb_text_print(t, "faulted (");
        print_fault(t, &tcb->fault);
        gdb_text_print(t, "), ");
    }
    print_state(k, t, thread);
    gdb_text_print(t, ", priority %u", tcb->priority);
    if (tcb->held)
        gdb_text_print(t, ", held");
}

static void print_name(struct gdb_text *t, const struct tcb *tcb)
{
    char name[THREAD_NAME_SIZE + 1];

    snprintf(name, sizeof name, "%.*s", THREAD_NAME_SIZE, tcb->name);
    gdb_text_xml(t, name);
}

/*
 * GDB (13) lists the threads while it looks at a stop, and when it meets a new process then, it
 * goes on with that one's thread instead of the one that has stopped. So new processes are not in
 * the first list after a stop.
 */
void gdb_threads_xml(struct gdb *g, struct gdb_text *t)
{
    const struct kernel *k = gdb_kernel(g);
    unsigned last = g->looking_at_stop ? g->known : UINT_MAX;

    g->looking_at_stop = false;

    gdb_text_print(t, "<?xml version=\"1.0\"?>\n<threads>\n");
    for (paddr p = gdb_first_thread(g); p != 0; p = gdb_next_thread(g, p)) {
        unsigned pid = gdb_pid(g, p);

        if (pid > last)
            continue;
        g->known = pid > g->known ? pid : g->known;
        gdb_text_print(t, "<thread id=\"");
        gdb_print_id(g, t, p);
        gdb_text_print(t, "\" core=\"0\" name=\"");
        print_name(t, kernel_tcb(k, p));
        gdb_text_print(t, "\">");
        gdb_extra_info(g, t, p);
        gdb_text_print(t, "</thread>\n");
    }
    gdb_text_print(t, "</threads>\n");
}
