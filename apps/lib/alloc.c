/*
 * Slots of the root CNode and objects from the boot info's untypeds, neither ever given back; and
 * banks of them, see bank.h.
 *
 * An object comes from the smallest untyped that has room for it; tiny ones are not used.
 */
#include "bank.h"

#define SMALLEST_UNTYPED_BITS 17

static seL4_CPtr next_slot; /* 0: not yet known */
static struct bank *in_use;

seL4_CPtr slots_alloc(seL4_Word count)
{
    const seL4_BootInfo *info = seL4_GetBootInfo();
    seL4_CPtr first;

    if (next_slot == 0)
        next_slot = info->empty.start;
    first = next_slot;
    next_slot += count;
    if (next_slot > info->empty.end)
        guest_die("out of slots");
    return first;
}

seL4_CPtr slot_alloc(void)
{
    seL4_CPtr slot = in_use ? bank_slot(in_use) : slots_alloc(1);

    if (slot == 0)
        guest_die("out of slots in a bank");
    return slot;
}

/*
 * Finds the next smallest RAM untyped: from *index on among those of *bits. Taking small ones first
 * leaves large ones whole for large objects.
 */
static bool next_untyped(const seL4_BootInfo *info, seL4_Word *index, seL4_Word *bits)
{
    seL4_Word count = info->untyped.end - info->untyped.start, first = *index;

    for (seL4_Word want = *bits; want <= seL4_MaxUntypedBits; want++, first = 0) {
        for (seL4_Word i = first; i < count; i++) {
            const seL4_UntypedDesc *untyped = &info->untypedList[i];

            if (!untyped->isDevice && untyped->sizeBits == want) {
                *index = i;
                *bits = want;
                return true;
            }
        }
    }
    return false;
}

seL4_Error object_try(seL4_CPtr slot, seL4_Word type, seL4_Word size_bits)
{
    const seL4_BootInfo *info = seL4_GetBootInfo();
    seL4_Word index = 0, bits = SMALLEST_UNTYPED_BITS;
    seL4_Error error = seL4_NotEnoughMemory;

    if (in_use)
        return seL4_Untyped_Retype(in_use->untyped, type, size_bits, ROOT, 0, 0, slot, 1);
    while (error == seL4_NotEnoughMemory && next_untyped(info, &index, &bits)) {
        error =
            seL4_Untyped_Retype(info->untyped.start + index, type, size_bits, ROOT, 0, 0, slot, 1);
        index++;
    }
    return error;
}

seL4_CPtr object_alloc(seL4_Word type, seL4_Word size_bits)
{
    seL4_CPtr slot = slot_alloc();

    must("object_alloc", object_try(slot, type, size_bits));
    return slot;
}

seL4_CPtr cap_copy(seL4_CPtr cap, seL4_CapRights_t rights)
{
    seL4_CPtr slot = slot_alloc();

    must("cap_copy", seL4_CNode_Copy(ROOT, slot, DEPTH, ROOT, cap, DEPTH, rights));
    return slot;
}

seL4_CPtr cap_mint(seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_CPtr slot = slot_alloc();

    must("cap_mint", seL4_CNode_Mint(ROOT, slot, DEPTH, ROOT, cap, DEPTH, rights, badge));
    return slot;
}

seL4_Error cap_delete(seL4_CPtr cap)
{
    return seL4_CNode_Delete(ROOT, cap, DEPTH);
}

seL4_Error cap_revoke(seL4_CPtr cap)
{
    return seL4_CNode_Revoke(ROOT, cap, DEPTH);
}

/* Moving a capability onto itself fails because the slot is full, or because it is empty. */
bool slot_is_empty(seL4_CPtr slot)
{
    return seL4_CNode_Move(ROOT, slot, DEPTH, ROOT, slot, DEPTH) == seL4_FailedLookup;
}

seL4_CPtr ports_alloc(seL4_Word first, seL4_Word last)
{
    seL4_CPtr slot = slot_alloc();

    must("ports_alloc",
         seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, first, last, ROOT, slot, DEPTH));
    return slot;
}

/* -------------------------------------------------------------- banks */

void bank_open(struct bank *bank, seL4_Word bits, seL4_Word slots)
{
    if (bank->untyped)
        return;
    bank->untyped = object_alloc(seL4_UntypedObject, bits);
    bank->first = bank->next = slots_alloc(slots);
    bank->end = bank->first + slots;
}

seL4_CPtr bank_slot(struct bank *bank)
{
    return bank->next < bank->end ? bank->next++ : 0;
}

seL4_CPtr bank_alloc(struct bank *bank, seL4_Word type, seL4_Word size_bits)
{
    seL4_CPtr slot = bank_slot(bank);

    if (slot &&
        seL4_Untyped_Retype(bank->untyped, type, size_bits, ROOT, 0, 0, slot, 1) != seL4_NoError) {
        bank->next--;
        return 0;
    }
    return slot;
}

/* What was not made of the untyped but copied into a slot is deleted by itself. */
void bank_reset(struct bank *bank)
{
    must("revoke a bank", cap_revoke(bank->untyped));
    while (bank->next > bank->first)
        must("empty a bank", cap_delete(--bank->next));
}

void bank_use(struct bank *bank)
{
    in_use = bank;
}

struct bank *bank_in_use(void)
{
    return in_use;
}
