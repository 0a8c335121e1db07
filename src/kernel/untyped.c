/*
 * Untyped memory. Bytes at and above an untyped's watermark read as zero and belong to no object;
 * retype takes objects from there. An untyped whose children are all gone is reset first: zeroed
 * from the watermark down, chunk by chunk, with the watermark following so that a preempted reset
 * goes on where it stopped.
 */
#include "kernel/untyped.h"

#include "base/bits.h"
#include "kernel/cspace.h"
#include "kernel/lifecycle.h"
#include "kernel/mdb.h"
#include "kernel/platform.h"
#include "kernel/record.h"

struct retype {
    enum abi_object type;
    unsigned user_bits, size_bits;
    paddr node; /* the CNode's first slot */
    word offset, window;
    bool reset; /* no children: start over */
    paddr base; /* of the first object */
    bool is_device;
};

static bool is_frame(enum abi_object type)
{
    return type == OBJ_4K_PAGE || type == OBJ_LARGE_PAGE || type == OBJ_HUGE_PAGE;
}

static enum outcome decode_type(struct kernel *k, word type, word user_bits, struct retype *r)
{
    r->type = type < ABI_MAX_TYPE ? k->abi.object[type] : OBJ_INVALID;
    if (r->type == OBJ_INVALID || r->type == OBJ_IO_PAGE_TABLE)
        return fail_argument(k, 0);
    if (user_bits >= 64)
        return fail_range(k, 0, MAX_UNTYPED_BITS);
    r->user_bits = user_bits;
    r->size_bits = object_size_bits(k, r->type, user_bits);
    if (r->size_bits > MAX_UNTYPED_BITS)
        return fail_range(k, 0, MAX_UNTYPED_BITS);
    if ((r->type == OBJ_CNODE && user_bits == 0) ||
        (r->type == OBJ_UNTYPED && user_bits < MIN_UNTYPED_BITS) ||
        (r->type == OBJ_SCHED_CONTEXT && user_bits < MIN_SC_BITS))
        return fail_argument(k, 1);
    return DONE;
}

/* The CNode at (root, index, depth), root itself with depth 0; then the window in it. */
static enum outcome decode_destination(struct kernel *k, struct cap root, word index, word depth,
                                       struct retype *r)
{
    if (depth != 0) {
        paddr slot;
        if (!cspace_lookup_target(k, root, index, depth, false, &slot))
            return FAILED;
        root = cte_at(k, slot)->cap;
    }
    if (root.type != CAP_CNODE) {
        k->lookup_fault = (struct lookup_fault){.type = seL4_MissingCapability, .bits_left = depth};
        return fail_lookup(k, false);
    }
    word node_size = BIT(root.cnode.radix);
    if (r->offset > node_size - 1)
        return fail_range(k, 0, node_size - 1);
    if (r->window < 1 || r->window > k->config.retype_fan_out)
        return fail_range(k, 1, k->config.retype_fan_out);
    if (r->window > node_size - r->offset)
        return fail_range(k, 1, node_size - r->offset);
    r->node = root.obj;
    for (word i = r->offset; i < r->offset + r->window; i++)
        if (!cspace_ensure_empty(k, r->node + (i << SLOT_BITS)))
            return FAILED;
    return DONE;
}

static enum outcome decode_memory(struct kernel *k, paddr slot, struct cap untyped,
                                  struct retype *r)
{
    r->reset = !mdb_has_children(k, slot);
    uint64_t used = r->reset ? 0 : untyped.untyped.free;
    uint64_t left = BIT(untyped.untyped.size_bits) - used;

    /* Alignment costs nothing here: what fits at all fits packed to the end. */
    if (left >> r->size_bits < r->window)
        return fail_memory(k, left);
    r->is_device = untyped.untyped.is_device;
    if (r->is_device && !is_frame(r->type) && r->type != OBJ_UNTYPED)
        return fail_argument(k, 1);
    r->base = align_up(KERNEL_WINDOW + untyped.obj + used, r->size_bits) - KERNEL_WINDOW;
    return DONE;
}

/* Zeroes the used part of the untyped in `slot`. */
static enum outcome reset_untyped(struct kernel *k, paddr slot)
{
    struct cap *cap = &cte_at(k, slot)->cap;
    unsigned chunk_bits = k->config.reset_chunk_bits;

    if (cap->untyped.free == 0)
        return DONE;
    if (cap->untyped.is_device || cap->untyped.size_bits < chunk_bits) {
        if (!cap->untyped.is_device)
            platform_zero(k, cap->obj, BIT(cap->untyped.size_bits));
        cap->untyped.free = 0;
        return DONE;
    }
    uint64_t chunks = align_up(cap->untyped.free, chunk_bits) >> chunk_bits;
    while (chunks) {
        /* One work unit a chunk, but no more calls than there are places to stop. */
        uint64_t batch = 1;
        if (k->work_units + 1 < k->config.max_work_units)
            batch = k->config.max_work_units - k->work_units;
        if (batch > chunks)
            batch = chunks;
        chunks -= batch;
        platform_zero(k, cap->obj + (chunks << chunk_bits), batch << chunk_bits);
        cap->untyped.free = chunks << chunk_bits;
        k->work_units += batch - 1;
        if (preemption_point(k))
            return PREEMPTED;
    }
    return DONE;
}

static enum outcome invoke_retype(struct kernel *k, paddr slot, const struct retype *r)
{
    struct cte *untyped = cte_at(k, slot);

    if (r->reset && reset_untyped(k, slot) == PREEMPTED)
        return PREEMPTED;
    untyped->cap.untyped.free = r->base + (r->window << r->size_bits) - untyped->cap.obj;
    for (word i = 0; i < r->window; i++) {
        paddr base = r->base + (i << r->size_bits);
        struct cap cap = object_create(k, r->type, base, r->user_bits, r->is_device);
        mdb_insert_new(k, slot, r->node + ((r->offset + i) << SLOT_BITS), cap);
    }
    if (record_wanted(k))
        record_retype(k, r->type, r->base, r->size_bits, r->window);
    return DONE;
}

enum outcome decode_untyped(struct kernel *k, struct invocation *inv)
{
    struct retype r = {0};

    if (inv->label != INV_UNTYPED_RETYPE)
        return fail(k, seL4_IllegalOperation);
    if (!invocation_has(k, inv, 6, 1))
        return FAILED;
    r.offset = invocation_arg(k, inv, 4);
    r.window = invocation_arg(k, inv, 5);

    enum outcome outcome = decode_type(k, invocation_arg(k, inv, 0), invocation_arg(k, inv, 1), &r);
    if (outcome == DONE)
        outcome = decode_destination(k, cte_at(k, inv->extra[0])->cap, invocation_arg(k, inv, 2),
                                     invocation_arg(k, inv, 3), &r);
    if (outcome == DONE)
        outcome = decode_memory(k, inv->slot, inv->cap, &r);
    if (outcome != DONE)
        return outcome;
    return invoke_retype(k, inv->slot, &r);
}
