/*
 * Patched system calls: the text pages of this process in which `syscall` sites are jumps.
 *
 * A site is the 8 bytes "mov %rsp, %rbx; syscall; mov %rbx, %rsp" that libsel4 has at nearly every
 * system call, or the same with r14, as rust-sel4 has it. When one has trapped, its page is
 * replaced, in this process only, by a private copy in which the site is "jmp *%gs:slot"; the frame
 * itself, and so every other mapping of it, keeps its bytes. The copy goes with the mapping, and as
 * soon as anyone may write to the frame (frames.h). Nothing depends on a site's being patched:
 * without, it traps.
 *
 * Copies have a second use, alone or together with patches: base_sites.h.
 *
 * GS points to the slots while this process patches. A guest that uses GS ends that for its VSpace.
 */
#ifndef SEL4UX_STUB_PATCH_H
#define SEL4UX_STUB_PATCH_H

#include "stub/stub.h"

#define SITE_SIZE    8
#define SITE_SYSCALL 3 /* offset of the syscall instruction */
#define SITE_AFTER   5 /* and of what follows it */

enum patching {
    PATCH_UNUSED, /* no site yet: GS is still the guest's */
    PATCH_ON,     /* GS is patch_gs_base() */
    PATCH_OFF,    /* this VSpace traps */
};

/* A `syscall` before `rip` has trapped: patches its site if that is one and may be. */
void patch_trapped(struct lane *lane, uint64_t rip);

uint64_t patch_gs_base(void);

/* Ends patching for this VSpace; the process goes on by trapping. */
void patch_end(struct lane *lane);

/*
 * A debugger has come: this VSpace traps, and has no copies, until it has gone. Breakpoints are in
 * the frames, and every instruction is to be seen.
 */
void patch_suspend(struct lane *lane);

/* The process stands for another VSpace now; nothing is mapped. */
void patch_begin(struct lane *lane);

/* The page at vaddr is to be mapped as a private copy of its frame. False: it may not be. */
bool patch_note_copy(struct lane *lane, uint64_t vaddr);

/* Makes a copy of the page at vaddr, or brings one up to date. False: it may not be. */
bool patch_copy(struct lane *lane, uint64_t vaddr);
bool patch_is_copy(uint64_t vaddr);
bool patch_drop_copy(struct lane *lane, uint64_t vaddr); /* false: it is none */

/* [start, end) has been unmapped. */
void patch_unmapped(struct lane *lane, uint64_t start, uint64_t end);

/* Drops the copies of frames that may be written by now. */
void patch_drop_written(struct lane *lane);

/* Guest code is about to write to this page: true if it was a copy, which is gone now. */
bool patch_written(struct lane *lane, uint64_t address);

/*
 * An exception at rip that only patching has caused, with the registers still in the signal frame:
 * what the guest's own bytes would have done is done or left to be done.
 */
enum patch_fault { PATCH_NOT_OURS, PATCH_RETRY, PATCH_SYSTEM_CALL };
enum patch_fault patch_fault(struct lane *lane, struct ucontext *uc);

bool patch_is_thunk(uint64_t rip);
uint64_t patch_site_of_thunk(uint64_t rip); /* 0: none starts at rip */

/* Whether the way in from a call site (machine/call_site.h) begins at rip. */
bool patch_is_link_entry(uint64_t rip);

/* Where a site keeps the stack pointer. */
enum keeper { KEEPER_RBX, KEEPER_R14, KEEPER_COUNT };

#define SLOT_KEEPER_SHIFT 23 /* in a slot's offset */

#define SITE_BITS         13 /* log2 of how many a process may have */
#define SITE_SPACING_BITS 5  /* log2 of about how many bytes apart they are at least */

struct site {
    uint64_t address; /* 0: free */
    uint32_t slot;    /* offset among the slots, while live; it tells enum keeper */
    bool live;        /* its bytes are the jump now; else they were once */
};

extern STUB_LOCAL struct site patch_sites[BIT(SITE_BITS)];

/* Sites that are neighbours share pages of the table, and of thunks. */
static inline uint32_t patch_hash(uint64_t address)
{
    return (uint32_t)(address >> SITE_SPACING_BITS & MASK(SITE_BITS));
}

/* The site whose jump is at `address` in this process. */
static inline const struct site *patch_site(uint64_t address)
{
    for (uint32_t i = patch_hash(address); patch_sites[i].address != 0;
         i = (i + 1) & MASK(SITE_BITS)) {
        if (patch_sites[i].address == address)
            return patch_sites[i].live ? &patch_sites[i] : 0;
    }
    return 0;
}

static inline enum keeper patch_keeper(const struct site *site)
{
    return (enum keeper)(site->slot >> SLOT_KEEPER_SHIFT & 1);
}

/* Whether it stands behind the `syscall` of a patched site; then, where it goes on. */
static inline bool patch_go_behind(const struct user_regs *r, uint64_t *rip, uint64_t *rsp)
{
    const struct site *site = patch_site(*rip - SITE_AFTER);

    if (!site)
        return false;
    *rip += SITE_SIZE - SITE_AFTER;
    *rsp = patch_keeper(site) == KEEPER_R14 ? r->r14 : r->rbx;
    return true;
}

#endif
