/*
 * VSpaces: x86_64 page tables in guest memory, ASIDs, and the invocations that change them. Every
 * change of a mapping is noted in the PML4's shadow (vspace_changed) before the entry returns.
 */
#ifndef SEL4UX_KERNEL_VSPACE_VSPACE_H
#define SEL4UX_KERNEL_VSPACE_VSPACE_H

#include "kernel/invocation.h"

#define IPC_BUFFER_BITS 10 /* log2 bytes and alignment of struct seL4_IPCBuffer */

enum outcome decode_frame(struct kernel *k, struct invocation *inv);
enum outcome decode_page_table(struct kernel *k, struct invocation *inv);
enum outcome decode_page_directory(struct kernel *k, struct invocation *inv);
enum outcome decode_pdpt(struct kernel *k, struct invocation *inv);
enum outcome decode_asid_control(struct kernel *k, struct invocation *inv);
enum outcome decode_asid_pool(struct kernel *k, struct invocation *inv);

/* For cap_derive: frames lose their mapping, unmapped tables can't be copied. */
bool vspace_derive(struct kernel *k, struct cap cap, struct cap *derived);

/* For object_finalise, by capability type. */
void vspace_finalise(struct kernel *k, struct cap cap, bool is_final);

/* What a thread's VSpace root or IPC buffer frame must be. */
bool vspace_is_valid_root(struct cap cap);
/* Checks (address, frame) for TCB_SetIPCBuffer; sets k->error. */
bool vspace_check_ipc_buffer(struct kernel *k, word address, struct cap frame);

/* PML4 of an ASID, or 0. */
paddr vspace_of_asid(const struct kernel *k, unsigned asid);

/* Notes that mappings of [start, end) changed. */
void vspace_changed(struct kernel *k, paddr pml4, uint64_t start, uint64_t end);

/* Boot: maps a 4K frame / installs tables without capabilities' checks. */
void vspace_boot_map(struct kernel *k, paddr pml4, struct cap cap);

static inline struct pml4 *pml4_at(const struct kernel *k, paddr pml4)
{
    return kernel_at(k, pml4);
}

#endif
