/* FS and GS bases, see bases.h. */
#include "stub/bases.h"

#include "stub/patch.h"

#define NEVER_A_BASE 0x8000000000000000ull /* not canonical */

#define LOSSES_MAX 64 /* at one instruction */

#define VECTOR_STACK      12
#define VECTOR_PROTECTION 13
#define VECTOR_PAGE_FAULT 14

static uint64_t nowhere(const struct engine_state *e)
{
    return e->bases == BASES_FORGOTTEN ? (uint64_t)window_start + WINDOW_NOWHERE_OFFSET
                                       : NEVER_A_BASE;
}

void bases_start(const struct engine_state *e)
{
    if (e->bases == BASES_FORGOTTEN)
        LINUX_CALL3(arch_prctl, ARCH_SET_FS, nowhere(e), 0);
}

void bases_of_lane(struct lane *lane)
{
    lane->bases = lane->engine->bases;
    lane->nowhere = nowhere(lane->engine);
}

static void set_fs(struct lane *lane, uint64_t base)
{
    if (lane->bases == BASES_BY_CALL || lane->tells_fs)
        LINUX_CALL3(arch_prctl, ARCH_SET_FS, base, 0);
    else
        __asm__ volatile("wrfsbase %0" : : "r"(base));
    lane->fs_base = base;
}

uint64_t bases_gs(const struct lane *lane)
{
    uint64_t base = 0;

    if (lane->bases == BASES_BY_CALL)
        LINUX_CALL3(arch_prctl, ARCH_GET_GS, &base, 0);
    else
        __asm__ volatile("rdgsbase %0" : "=r"(base));
    return base;
}

void bases_set_gs(struct lane *lane, uint64_t base)
{
    if (lane->bases == BASES_KEPT)
        __asm__ volatile("wrgsbase %0" : : "r"(base));
    else
        LINUX_CALL3(arch_prctl, ARCH_SET_GS, base, 0);
    lane->gs_base = base;
}

/*
 * A tracer of this process may stop it at each signal, and so whenever FS has just been put back:
 * it would never get on.
 */
static void count_loss(struct lane *lane, uint64_t rip)
{
    uint64_t entries = lane->machine->kernel.entries;
    bool again = rip == lane->lost_at && entries == lane->lost_entries;

    lane->losses = again ? lane->losses + 1 : 0;
    lane->lost_at = rip;
    lane->lost_entries = entries;
    if (lane->losses == LOSSES_MAX)
        lane->tells_fs = true;
}

bool bases_mend(struct lane *lane, uint64_t vector, uint64_t rip)
{
    uint64_t base;

    if (lane->bases != BASES_FORGOTTEN ||
        (vector != VECTOR_PAGE_FAULT && vector != VECTOR_PROTECTION && vector != VECTOR_STACK))
        return false;
    __asm__ volatile("rdfsbase %0" : "=r"(base));
    if (base != lane->nowhere)
        return false;
    count_loss(lane, rip);
    set_fs(lane, bases_canonical(lane->regs->fs_base));
    return true;
}

void bases_save(struct lane *lane, struct user_regs *regs)
{
    uint64_t gs = bases_gs(lane);

    bases_save_fs(lane, regs);
    if (gs != lane->gs_base && lane->bases == BASES_FORGOTTEN)
        bases_set_gs(lane, gs); /* the guest's own doing, so Linux has not been told */
    lane->gs_base = gs;
    if (lane->patching != PATCH_ON) {
        regs->gs_base = gs;
    } else if (gs != patch_gs_base()) {
        regs->gs_base = gs;
        patch_end(lane);
    }
}

void bases_load(struct lane *lane, const struct user_regs *regs)
{
    uint64_t fs = bases_canonical(regs->fs_base), gs = bases_canonical(regs->gs_base);

    if (lane->patching == PATCH_ON) {
        if (gs == 0)
            gs = patch_gs_base();
        else
            patch_end(lane);
    }
    if (fs != lane->fs_base || lane->bases == BASES_FORGOTTEN)
        set_fs(lane, fs);
    if (gs != lane->gs_base)
        bases_set_gs(lane, gs);
}
