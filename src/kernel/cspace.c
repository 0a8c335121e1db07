/*
 * CSpace look-ups. A CNode consumes guard_size + radix bits of the address, from the top of what is
 * left of it; a look-up ends where the bits do, or early at a capability that is no CNode.
 */
#include "kernel/cspace.h"

#include "kernel/invocation.h"
#include "kernel/ipc.h"

static bool lookup_failed(struct kernel *k, struct lookup_fault fault)
{
    k->lookup_fault = fault;
    return false;
}

/* Resolves one CNode's share of `bits` address bits: the slot, and how many bits are left. */
static bool resolve_level(struct kernel *k, struct cap node, word cptr, unsigned bits, paddr *slot,
                          unsigned *left)
{
    unsigned guard_size = node.cnode.guard_size;
    unsigned level_bits = guard_size + node.cnode.radix;

    if (guard_size > bits ||
        (guard_size && (cptr >> (bits - guard_size) & MASK(guard_size)) != node.cnode.guard))
        return lookup_failed(k, (struct lookup_fault){.type = seL4_GuardMismatch,
                                                      .bits_left = bits,
                                                      .bits_found = guard_size,
                                                      .guard_found = node.cnode.guard});
    if (level_bits > bits)
        return lookup_failed(k, (struct lookup_fault){.type = seL4_DepthMismatch,
                                                      .bits_left = bits,
                                                      .bits_found = level_bits});
    *left = bits - level_bits;
    *slot = node.obj + ((cptr >> *left & MASK(node.cnode.radix)) << SLOT_BITS);
    return true;
}

bool cspace_resolve(struct kernel *k, struct cap root, word cptr, unsigned bits, paddr *slot,
                    unsigned *left)
{
    if (root.type != CAP_CNODE)
        return lookup_failed(k, (struct lookup_fault){.type = seL4_InvalidRoot});
    do {
        if (!resolve_level(k, root, cptr, bits, slot, &bits))
            return false;
        root = cte_at(k, *slot)->cap;
    } while (bits && root.type == CAP_CNODE);
    *left = bits;
    return true;
}

bool cspace_lookup_slot(struct kernel *k, paddr tcb, word cptr, paddr *slot)
{
    unsigned left;
    return cspace_resolve(k, kernel_tcb(k, tcb)->slot[TCB_CTABLE].cap, cptr, 64, slot, &left);
}

bool cspace_lookup_cap(struct kernel *k, paddr tcb, word cptr, struct cap *cap, paddr *slot)
{
    *slot = 0;
    *cap = CAP_NONE;
    if (!cspace_lookup_slot(k, tcb, cptr, slot))
        return false;
    *cap = cte_at(k, *slot)->cap;
    return true;
}

bool cspace_lookup_target(struct kernel *k, struct cap root, word index, word depth, bool is_source,
                          paddr *slot)
{
    unsigned left;

    if (root.type == CAP_CNODE && (depth < 1 || depth > 64)) {
        fail_range(k, 1, 64);
        return false;
    }
    if (!cspace_resolve(k, root, index, depth, slot, &left)) {
        fail_lookup(k, is_source);
        return false;
    }
    if (left) {
        lookup_failed(k, (struct lookup_fault){.type = seL4_DepthMismatch, .bits_left = left});
        fail_lookup(k, is_source);
        return false;
    }
    return true;
}

paddr cspace_receive_slot(struct kernel *k, paddr tcb, paddr buffer)
{
    struct cap root;
    paddr slot;

    if (!buffer)
        return 0;
    const word *words = ipc_buffer_words(k, buffer);
    if (!cspace_lookup_cap(k, tcb, words[IPC_BUF_RECV_CNODE], &root, &slot))
        return 0;
    if (!cspace_lookup_target(k, root, words[IPC_BUF_RECV_INDEX], words[IPC_BUF_RECV_DEPTH], false,
                              &slot))
        return 0;
    return cte_at(k, slot)->cap.type == CAP_NULL ? slot : 0;
}

bool cspace_ensure_empty(struct kernel *k, paddr slot)
{
    if (cte_at(k, slot)->cap.type == CAP_NULL)
        return true;
    fail(k, seL4_DeleteFirst);
    return false;
}
