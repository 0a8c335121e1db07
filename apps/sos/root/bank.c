/* Kernel objects that end together, see bank.h. */
#include "bank.h"

#define BANK_BITS 17 /* room for 30 page tables beside a process's other objects */

void bank_open(struct bank *bank)
{
    if (bank->untyped)
        return;
    bank->untyped = object_alloc(seL4_UntypedObject, BANK_BITS);
    bank->first = bank->next = slots_alloc(BANK_SLOTS);
}

seL4_CPtr bank_slot(struct bank *bank)
{
    return bank->next < bank->first + BANK_SLOTS ? bank->next++ : 0;
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
