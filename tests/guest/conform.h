/*
 * Conformance checks. Each prints one line, "NAME/PATH: RESULT", when it has been carried out; NAME
 * is an invocation's label or a system call. tests/conformance/table.json lists every path that
 * must be found so in a golden transcript, with its result.
 */
#pragma once

#include "guest.h"

/* An invocation as a message: what it is sent to, how much it must carry, and that, as needed. */
struct conform_message {
    const char *name;
    seL4_CPtr cap;
    seL4_Word label;
    unsigned words, caps;
    seL4_Word word[8];
    seL4_CPtr extra[3];
};

/* Prints the line of one check, and of what the kernel says about an error. Hands the error on. */
seL4_Error conform(const char *name, const char *path, seL4_Error error);

/* Calls `cap` with the first words and capabilities of the IPC buffer. */
seL4_Error conform_send(seL4_CPtr cap, seL4_Word label, unsigned words, unsigned caps);

/* The message with one word too few, and with one capability too few: paths few-words, few-caps. */
void conform_truncated(const struct conform_message *message);

/* A label that is not one of the object's: path label of `type`. */
void conform_label(const char *type, seL4_CPtr cap);

/* Receives a message whose sender is not to be answered. */
static inline seL4_MessageInfo_t conform_wait(seL4_CPtr endpoint)
{
#ifdef CONFIG_KERNEL_MCS
    return seL4_Wait(endpoint, NULL);
#else
    return seL4_Recv(endpoint, NULL);
#endif
}

/* Asks for the slot `index` at `depth` of `root` in the way that is being checked. */
typedef seL4_Error (*conform_slot_call)(seL4_CPtr root, seL4_Word index, seL4_Word depth);

#define CONFORM_ROOT 1u /* the root is an argument, and so may be no CNode */
#define CONFORM_ZERO 2u /* a depth of 0 is as wrong as one of 65 */

/*
 * Every way in which finding a slot can fail: paths SLOT-root (no CNode), SLOT-depth, SLOT-guard,
 * SLOT-short (fewer bits than the CNode resolves) and SLOT-rest (bits left at no CNode).
 */
void conform_slot(const char *name, const char *slot, unsigned flags, conform_slot_call call);

/* The largest untyped of device memory with at most `bits`, or the first beyond. */
seL4_CPtr conform_device_untyped(seL4_Word bits);

/* An untyped that something has been made of. */
seL4_CPtr conform_used_untyped(void);

/* VSpaces that are of no use: without an ASID, with one that leads nowhere, or to another. */
struct conform_vspaces {
    seL4_CPtr unassigned, lost, replaced;
};

struct conform_vspaces conform_vspaces(void);
