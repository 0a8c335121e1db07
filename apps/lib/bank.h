/*
 * Kernel objects that end together: they are all made of one untyped, in slots that follow one
 * another, so that revoking that untyped is the whole clean-up, whatever had been made so far.
 *
 * A bank, its untyped and its slots are for ever; processes come and go in it.
 */
#pragma once

#include "guest.h"

struct bank {
    seL4_CPtr untyped; /* 0: not yet made */
    seL4_CPtr first, next, end;
};

/* Makes the bank, of 2^bits bytes and so many slots, unless it is made. */
void bank_open(struct bank *bank, seL4_Word bits, seL4_Word slots);

/* A new object, or 0 when the bank is used up. */
seL4_CPtr bank_alloc(struct bank *bank, seL4_Word type, seL4_Word size_bits);

/* An empty slot, or 0; what is put there goes with the rest. */
seL4_CPtr bank_slot(struct bank *bank);

/* Deletes all that is in the bank. */
void bank_reset(struct bank *bank);

/*
 * From here on slot_alloc(), object_alloc() and what is built on them take from `bank`; NULL: from
 * the boot info's memory again. Paging structures of this program's own VSpace never do.
 */
void bank_use(struct bank *bank);
struct bank *bank_in_use(void);
