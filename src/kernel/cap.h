/*
 * Capabilities as values: comparing, weakening and deriving them. Nothing here touches the
 * derivation tree or an object.
 */
#ifndef SEL4UX_KERNEL_CAP_H
#define SEL4UX_KERNEL_CAP_H

#include "kernel/kernel.h"

/* seL4_CapRights, from the word that a guest passes. */
struct cap_rights {
    bool write, read, grant, grant_reply;
};

struct cap_rights cap_rights_from_word(word w);

static inline struct cte *cte_at(struct kernel *k, paddr slot)
{
    return kernel_at(k, slot);
}

/* Bytes (log2) of the object that `cap` names; 0 for caps without one. */
unsigned cap_size_bits(const struct kernel *k, struct cap cap);
bool cap_is_physical(const struct kernel *k, struct cap cap);

static inline unsigned frame_size_bits(enum frame_size size)
{
    return size == FRAME_1G ? HUGE_BITS : size == FRAME_2M ? LARGE_BITS : PAGE_BITS;
}

/* `b` names (part of) what `a` names: b could have been derived from a. */
bool cap_same_region(const struct kernel *k, struct cap a, struct cap b);

/* Both name the very same object, so the object lives while either does. */
bool cap_same_object(const struct kernel *k, struct cap a, struct cap b);

/* VM rights of a frame when a guest allows no more than `rights` (there is no write-only). */
enum vm_rights cap_mask_vm_rights(enum vm_rights vm, struct cap_rights rights);

/* `cap` with at most `rights`. */
struct cap cap_mask_rights(struct cap cap, struct cap_rights rights);

/*
 * `cap` with badge (endpoint, notification) or guard (CNode) set from `data`. With `preserve` an
 * existing badge is kept (then CAP_NONE results, as in seL4, when it may not change). CAP_NONE also
 * when the badge is set already or the guard doesn't fit; other types are returned as they are.
 */
struct cap cap_update_data(struct cap cap, bool preserve, word data);

/*
 * The capability that a copy of the one in `slot` (given as `cap`, possibly weakened) carries. On
 * success stores it in *derived, which is CAP_NONE for what can't be copied (reply, IRQ control,
 * zombie). False with k->error set when it may not be derived now (RevokeFirst for an untyped with
 * children, IllegalOperation for an unmapped paging structure).
 */
bool cap_derive(struct kernel *k, paddr slot, struct cap cap, struct cap *derived);

#endif
