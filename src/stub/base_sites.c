/* Instructions that set and read FS and GS bases, see base_sites.h. */
#include "stub/base_sites.h"

#include <linux/errno.h>

#include "machine/base_text.h"
#include "stub/bases.h"
#include "stub/mappings.h"
#include "stub/patch.h"

#define PAGE_SIZE BIT(PAGE_BITS)

/* Neighbours become executable along with a page as far as this naturally aligned block goes. */
#define BLOCK_SIZE (16 * PAGE_SIZE)

#define VECTOR_UNDEFINED  6
#define VECTOR_PROTECTION 13

#define REFUSED_MAX  8
#define FORGIVEN_MAX 64
#define ENTRIES_EACH 16 /* as many as frames.c counts for a copy */

/* Pages that are executed as they are, although they have sites. */
static uint64_t refused[REFUSED_MAX];
static unsigned refused_count;

/* Writes to copies that were forgiven, less one for so many kernel entries. */
static unsigned forgiven, entries;

/* What the tables have at `vaddr`, within a page; NULL: no memory. */
static uint8_t *frame_at(struct lane *lane, uint64_t vaddr)
{
    return base_text_at(lane->machine, lane->slot->vspace, vaddr);
}

static bool has_site(struct lane *lane, uint64_t page)
{
    return base_text_has(lane->machine, lane->slot->vspace, page);
}

/* ------------------------------------------------------------------ pages */

void base_sites_write(struct lane *lane, uint64_t vaddr)
{
    unsigned at = 0;

    while (base_sites_matter(lane) && (at = base_text_find(lane->machine, lane->slot->vspace, vaddr,
                                                           at, PAGE_SIZE)) < PAGE_SIZE)
        ((uint8_t *)vaddr)[at++] = BASE_TEXT_INVALID;
}

static void copy_or_refuse(struct lane *lane, uint64_t page)
{
    base_sites_unmapped(page, page + PAGE_SIZE);
    if (patch_copy(lane, page))
        return;
    mappings_execute(lane, page, page + PAGE_SIZE);
    if (refused_count < REFUSED_MAX)
        refused[refused_count++] = page;
}

/* Pages with sites are left to be executed first: they may be data. */
static void execute_around(struct lane *lane, uint64_t page)
{
    uint64_t start = page, end = page + PAGE_SIZE, low, high;

    mappings_around(page, &low, &high);
    if (low < (page & ~(BLOCK_SIZE - 1)))
        low = page & ~(BLOCK_SIZE - 1);
    if (high > (page & ~(BLOCK_SIZE - 1)) + BLOCK_SIZE)
        high = (page & ~(BLOCK_SIZE - 1)) + BLOCK_SIZE;
    while (start > low && !has_site(lane, start - PAGE_SIZE))
        start -= PAGE_SIZE;
    while (end < high && !has_site(lane, end))
        end += PAGE_SIZE;
    mappings_execute(lane, start, end);
}

void base_sites_execute(struct lane *lane, uint64_t address)
{
    uint64_t page = address & ~MASK(PAGE_BITS);

    /* The other one may have been searched when this one was not there. */
    if (base_text_crosses_into(lane->machine, lane->slot->vspace, page))
        copy_or_refuse(lane, page - PAGE_SIZE);
    if (patch_is_copy(page))
        return;
    if (has_site(lane, page))
        copy_or_refuse(lane, page);
    else
        execute_around(lane, page);
}

void base_sites_unmapped(uint64_t start, uint64_t end)
{
    for (unsigned i = 0; i < refused_count;) {
        if (refused[i] >= start && refused[i] < end)
            refused[i] = refused[--refused_count];
        else
            i++;
    }
}

bool base_sites_forgive(const struct lane *lane)
{
    if (!base_sites_matter(lane) || forgiven == FORGIVEN_MAX)
        return false;
    forgiven++;
    return true;
}

void base_sites_retry(struct lane *lane)
{
    if (forgiven != 0 && ++entries % ENTRIES_EACH == 0)
        forgiven--;
    if (refused_count == 0 || lane->machine->debugger.on)
        return;
    for (unsigned i = 0; i < refused_count;) {
        if (!frame_at(lane, refused[i]) || patch_copy(lane, refused[i]))
            refused[i] = refused[--refused_count];
        else
            i++;
    }
}

/* ------------------------------------------------------------------ the instructions */

/* Where Linux's signal frame has the register that instructions call `number`. */
static uint64_t *register_of(struct sigcontext *sc, unsigned number)
{
    uint64_t *const places[16] = {
        (uint64_t *)&sc->rax, (uint64_t *)&sc->rcx, (uint64_t *)&sc->rdx, (uint64_t *)&sc->rbx,
        (uint64_t *)&sc->rsp, (uint64_t *)&sc->rbp, (uint64_t *)&sc->rsi, (uint64_t *)&sc->rdi,
        (uint64_t *)&sc->r8,  (uint64_t *)&sc->r9,  (uint64_t *)&sc->r10, (uint64_t *)&sc->r11,
        (uint64_t *)&sc->r12, (uint64_t *)&sc->r13, (uint64_t *)&sc->r14, (uint64_t *)&sc->r15,
    };

    return places[number];
}

static enum base_site carry_out(struct lane *lane, struct sigcontext *sc,
                                const struct base_instruction *i)
{
    struct user_regs *regs = &kernel_current(&lane->machine->kernel)->regs;
    uint64_t *operand = register_of(sc, i->reg);
    uint64_t *base = i->gs ? &regs->gs_base : &regs->fs_base;

    bases_save(lane, regs);
    if (i->sets) {
        if (bases_canonical(*operand & i->mask) != (*operand & i->mask)) {
            sc->trapno = VECTOR_PROTECTION;
            sc->err = 0;
            return BASE_SITE_REFUSED;
        }
        *base = *operand & i->mask;
        bases_load(lane, regs);
    } else {
        *operand = *base & i->mask;
    }
    sc->rip += i->size;
    return BASE_SITE_DONE;
}

enum base_site base_sites_fault(struct lane *lane, struct ucontext *uc)
{
    struct sigcontext *sc = &uc->uc_mcontext;
    struct machine *m = lane->machine;
    paddr vspace = lane->slot->vspace;

    if (!base_sites_matter(lane) || sc->trapno != VECTOR_UNDEFINED)
        return BASE_SITE_NONE;
    struct base_instruction instruction = base_text_decode(m, vspace, sc->rip);
    if (instruction.size != 0)
        return carry_out(lane, sc, &instruction);
    if (base_text_heal(m, vspace, sc->rip)) {
        copy_or_refuse(lane, sc->rip & ~MASK(PAGE_BITS));
        return BASE_SITE_AGAIN;
    }
    /* The page behind has changed, with it the instruction. */
    const uint8_t *text = frame_at(lane, sc->rip);
    if (text && *text == BASE_TEXT_FIRST && *(const uint8_t *)sc->rip == BASE_TEXT_INVALID &&
        patch_drop_copy(lane, sc->rip & ~MASK(PAGE_BITS)))
        return BASE_SITE_AGAIN;
    return BASE_SITE_NONE;
}
