/*
 * TCB invocations that install capabilities in a thread's own slots: its spaces, its IPC buffer
 * and, with MCS, its fault handlers. Emptying a slot may be preempted; the invocation is issued
 * again then, so a decode function finds the thread half changed, and starts over.
 */
#include "kernel/cnode.h"
#include "kernel/mdb.h"
#include "kernel/record.h"
#include "kernel/sched.h"
#include "kernel/tcb.h"
#include "kernel/thread.h"
#include "kernel/vspace/vspace.h"

/* What Configure, SetSpace and SetIPCBuffer install. */
struct spaces {
    bool set_space, set_buffer;
    word fault_handler; /* a cptr, without MCS */
    word buffer_address;
    paddr croot_slot, vroot_slot, buffer_slot; /* sources; no buffer_slot: none is installed */
    struct cap croot, vroot, buffer;
};

/* Capabilities whose deletion may take long can't be replaced: the thread's own must stay whole. */
static bool takes_long_to_delete(struct kernel *k, paddr slot)
{
    unsigned type = cte_at(k, slot)->cap.type;
    return (type == CAP_THREAD || type == CAP_ZOMBIE || type == CAP_CNODE) && mdb_is_final(k, slot);
}

static paddr own_slot(const struct invocation *inv, enum tcb_slot which)
{
    return inv->cap.obj + which * sizeof(struct cte);
}

static bool decode_buffer(struct kernel *k, word address, paddr slot, struct spaces *s)
{
    s->set_buffer = true;
    s->buffer_address = address;
    if (!address) {
        return true;
    }
    s->buffer_slot = slot;
    return cap_derive(k, slot, cte_at(k, slot)->cap, &s->buffer) &&
           vspace_check_ipc_buffer(k, address, s->buffer);
}

static bool derive_root(struct kernel *k, paddr slot, word data, struct cap *root)
{
    struct cap cap = cte_at(k, slot)->cap;
    if (data) {
        cap = cap_update_data(cap, false, data);
    }
    return cap_derive(k, slot, cap, root);
}

static bool decode_roots(struct kernel *k, struct invocation *inv, word croot_data, word vroot_data,
                         struct spaces *s)
{
    s->set_space = true;
    if (takes_long_to_delete(k, own_slot(inv, TCB_CTABLE)) ||
        takes_long_to_delete(k, own_slot(inv, TCB_VTABLE))) {
        fail(k, seL4_IllegalOperation);
        return false;
    }
    if (!derive_root(k, s->croot_slot, croot_data, &s->croot)) {
        return false;
    }
    if (s->croot.type != CAP_CNODE) {
        fail(k, seL4_IllegalOperation);
        return false;
    }
    if (!derive_root(k, s->vroot_slot, vroot_data, &s->vroot)) {
        return false;
    }
    if (!vspace_is_valid_root(s->vroot)) {
        fail(k, seL4_IllegalOperation);
        return false;
    }
    return true;
}

enum outcome tcb_install(struct kernel *k, struct invocation *inv, enum tcb_slot which,
                         struct cap cap, paddr source)
{
    paddr slot = own_slot(inv, which);
    struct cap self = {.type = CAP_THREAD, .obj = inv->cap.obj};

    if (cnode_delete(k, slot, true) == PREEMPTED) {
        return PREEMPTED;
    }
    if (source == 0 || cap.type == CAP_NULL) {
        return DONE;
    }
    if (cap_same_object(k, cap, cte_at(k, source)->cap) &&
        cap_same_object(k, self, cte_at(k, inv->slot)->cap)) {
        mdb_insert(k, cap, source, slot);
    }
    return DONE;
}

static enum outcome invoke_spaces(struct kernel *k, struct invocation *inv, const struct spaces *s)
{
    struct tcb *t = kernel_tcb(k, inv->cap.obj);
    if (s->set_space) {
        t->fault_handler = s->fault_handler;
        if (tcb_install(k, inv, TCB_CTABLE, s->croot, s->croot_slot) == PREEMPTED ||
            tcb_install(k, inv, TCB_VTABLE, s->vroot, s->vroot_slot) == PREEMPTED) {
            return PREEMPTED;
        }
        if (record_wanted(k)) {
            record_space(k, inv->cap.obj);
        }
    }
    if (s->set_buffer) {
        if (tcb_install(k, inv, TCB_BUFFER, s->buffer, s->buffer_slot) == PREEMPTED) {
            return PREEMPTED;
        }
        t->ipc_buffer = s->buffer_address;
        k->buffer_frame = thread_ipc_buffer(k, inv->cap.obj, true);
        if (inv->cap.obj == k->current) {
            sched_reschedule_required(k);
        }
    }
    return DONE;
}

enum outcome decode_configure(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 4, 3)) {
        return FAILED;
    }
    struct spaces s = {.fault_handler = invocation_arg(k, inv, 0),
                       .croot_slot = inv->extra[0],
                       .vroot_slot = inv->extra[1]};
    word croot_data = invocation_arg(k, inv, 1);
    word vroot_data = invocation_arg(k, inv, 2);
    if (!decode_buffer(k, invocation_arg(k, inv, 3), inv->extra[2], &s) ||
        !decode_roots(k, inv, croot_data, vroot_data, &s)) {
        return FAILED;
    }
    return invoke_spaces(k, inv, &s);
}

enum outcome decode_set_space(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 3, 2)) {
        return FAILED;
    }
    struct spaces s = {.fault_handler = invocation_arg(k, inv, 0),
                       .croot_slot = inv->extra[0],
                       .vroot_slot = inv->extra[1]};
    word croot_data = invocation_arg(k, inv, 1);
    word vroot_data = invocation_arg(k, inv, 2);
    if (!decode_roots(k, inv, croot_data, vroot_data, &s)) {
        return FAILED;
    }
    return invoke_spaces(k, inv, &s);
}

enum outcome decode_set_ipc_buffer(struct kernel *k, struct invocation *inv)
{
    struct spaces s = {.set_space = false};
    if (!invocation_has(k, inv, 1, 1) ||
        !decode_buffer(k, invocation_arg(k, inv, 0), inv->extra[0], &s)) {
        return FAILED;
    }
    return invoke_spaces(k, inv, &s);
}

/* ------------------------------------------------------------------ with MCS */

bool tcb_is_fault_handler(struct cap cap)
{
    return cap.type == CAP_NULL || (cap.type == CAP_ENDPOINT && cap.endpoint.can_send &&
                                    (cap.endpoint.can_grant || cap.endpoint.can_grant_reply));
}

enum outcome decode_configure_mcs(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 3, 3)) {
        return FAILED;
    }
    struct spaces s = {.croot_slot = inv->extra[0], .vroot_slot = inv->extra[1]};
    word croot_data = invocation_arg(k, inv, 0);
    word vroot_data = invocation_arg(k, inv, 1);
    if (!decode_buffer(k, invocation_arg(k, inv, 2), inv->extra[2], &s) ||
        !decode_roots(k, inv, croot_data, vroot_data, &s)) {
        return FAILED;
    }
    return invoke_spaces(k, inv, &s);
}

enum outcome decode_set_space_mcs(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 2, 3)) {
        return FAILED;
    }
    struct cap handler = cte_at(k, inv->extra[0])->cap;
    struct spaces s = {.croot_slot = inv->extra[1], .vroot_slot = inv->extra[2]};
    if (!decode_roots(k, inv, invocation_arg(k, inv, 0), invocation_arg(k, inv, 1), &s)) {
        return FAILED;
    }
    if (!tcb_is_fault_handler(handler)) {
        return fail_capability(k, 1);
    }
    if (tcb_install(k, inv, TCB_FAULT_HANDLER, handler, inv->extra[0]) == PREEMPTED) {
        return PREEMPTED;
    }
    return invoke_spaces(k, inv, &s);
}

enum outcome decode_set_timeout_endpoint(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 0, 1)) {
        return FAILED;
    }
    struct cap handler = cte_at(k, inv->extra[0])->cap;
    if (!tcb_is_fault_handler(handler)) {
        return fail_capability(k, 1);
    }
    return tcb_install(k, inv, TCB_TIMEOUT_HANDLER, handler, inv->extra[0]);
}
