/*
 * The kernel objects of one process: they are all made of one untyped, in slots that follow one
 * another, so that revoking that untyped is the whole clean-up, whatever had been made so far.
 *
 * A bank and its untyped are for ever; processes come and go in it.
 */
#pragma once

#include "guest.h"

#define BANK_SLOTS 48

struct bank {
    seL4_CPtr untyped; /* 0: not yet made */
    seL4_CPtr first, next;
};

/* Makes the bank ready for a process. */
void bank_open(struct bank *bank);

/* A new object, or 0 when the bank is used up. */
seL4_CPtr bank_alloc(struct bank *bank, seL4_Word type, seL4_Word size_bits);

/* An empty slot, or 0; what is put there goes with the rest. */
seL4_CPtr bank_slot(struct bank *bank);

/* Deletes all that is in the bank. */
void bank_reset(struct bank *bank);
