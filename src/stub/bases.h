/*
 * The processor's FS and GS bases while guest code runs, in whichever way the host lets us at them
 * (enum bases).
 *
 * Where Linux does not know what the instructions set (BASES_FORGOTTEN), it puts back what it was
 * told last when it has switched to another process and comes back. For FS that is an address that
 * leads nowhere, set once for all of our processes: so a switch of threads costs no system call,
 * and a thread whose base was lost faults at its next use of FS; the handler puts the base back and
 * has the instruction done again. GS changes rarely; Linux is told of it. What guests set by
 * instructions of their own is caught by base_sites.h.
 */
#ifndef SEL4UX_STUB_BASES_H
#define SEL4UX_STUB_BASES_H

#include <asm/prctl.h>

#include "stub/stub.h"
#include "stub/syscalls.h"

/* For the zygote and what it forks: what Linux is told that FS leads to. */
void bases_start(const struct engine_state *e);
void bases_of_lane(struct lane *lane);

/*
 * After an exception of guest code at `rip`: true if FS was lost, which may be all that is wrong.
 * It is put back; let the guest go on. Where this happens again and again, Linux is told from then
 * on.
 */
bool bases_mend(struct lane *lane, uint64_t vector, uint64_t rip);

/* The bases as signals find them: into the lane and the current thread's registers. */
void bases_save(struct lane *lane, struct user_regs *regs);

/* And into the processor, for `regs` to run. */
void bases_load(struct lane *lane, const struct user_regs *regs);

/* The nearest base that the processor takes; seL4's users can't set another one either. */
static inline uint64_t bases_canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16);
}

/* The processor's own, whatever the lane believes. */
uint64_t bases_gs(const struct lane *lane);
void bases_set_gs(struct lane *lane, uint64_t base);

/* FS alone, which is all that a patched entry needs: GS has led it here. */
static inline void bases_save_fs(struct lane *lane, struct user_regs *regs)
{
    uint64_t base = lane->fs_base;

    if (lane->bases != BASES_BY_CALL)
        __asm__ volatile("rdfsbase %0" : "=r"(base));
    lane->fs_base = base;
    if (base != lane->nowhere)
        regs->fs_base = base;
}

#endif
