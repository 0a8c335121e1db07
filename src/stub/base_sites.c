/* Instructions that set and read FS and GS bases, see base_sites.h. */
#include "stub/base_sites.h"

#include <linux/errno.h>

#include "stub/bases.h"
#include "stub/mappings.h"
#include "stub/patch.h"

#define PAGE_SIZE BIT(PAGE_BITS)

/* Neighbours become executable along with a page as far as this naturally aligned block goes. */
#define BLOCK_SIZE (16 * PAGE_SIZE)

/*
 * rdfsbase, rdgsbase, wrfsbase, wrgsbase: f3, maybe a REX prefix, 0f ae, and a ModRM byte whose two
 * middle bits say which of them.
 */
#define SITE_MIN   4
#define SITE_MAX   5
#define REPEAT     0xf3
#define INVALID    0xd6 /* in place of it */
#define REX        0x40
#define REX_W      0x08
#define REX_B      0x01
#define MODRM_GS   0x08
#define MODRM_SETS 0x10

#define PREFIX_MAX 10 /* 15 bytes are the longest instruction */

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

/* ------------------------------------------------------------------ searching */

/* The length of the instruction, of which all SITE_MAX bytes can be read; 0: it is another. */
static unsigned site_size(const uint8_t *at)
{
    unsigned rex = (at[1] & 0xf0) == REX;

    if (at[0] != REPEAT || at[rex + 1] != 0x0f || at[rex + 2] != 0xae ||
        (at[rex + 3] & 0xe0) != 0xc0)
        return 0;
    return rex + SITE_MIN;
}

/* What the tables have at `vaddr`, within a page; NULL: no memory. */
static uint8_t *frame_at(struct lane *lane, uint64_t vaddr)
{
    struct kernel *k = &lane->machine->kernel;
    struct translation t;

    if (vaddr >= USER_ADDRESSES_END || !kernel_translate(k, lane->slot->vspace, vaddr, &t) ||
        !machine_is_ram(lane->machine, t.frame + (vaddr - t.start)))
        return NULL;
    return kernel_at(k, t.frame + (vaddr - t.start));
}

/* Zeroes where there is no memory. */
static void read_text(struct lane *lane, uint64_t vaddr, uint8_t *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *at = frame_at(lane, vaddr + i);
        bytes[i] = at ? *at : 0;
    }
}

/* The first site in [start, end) of the page at `page`, as offsets; `end` if there is none. */
static unsigned find_site(struct lane *lane, uint64_t page, unsigned start, unsigned end)
{
    const unsigned whole = PAGE_SIZE - SITE_MAX + 1; /* where all of it is in this page */
    const uint8_t *text = frame_at(lane, page);
    uint8_t bytes[2 * SITE_MAX];

    if (!text)
        return end;
    for (; start < end && start < whole; start++) {
        if (text[start] == REPEAT && site_size(text + start))
            return start;
    }
    if (start < end)
        read_text(lane, page + whole, bytes, sizeof(bytes));
    for (; start < end; start++) {
        if (site_size(bytes + (start - whole)))
            return start;
    }
    return end;
}

static bool has_site(struct lane *lane, uint64_t page)
{
    return find_site(lane, page, 0, PAGE_SIZE) != PAGE_SIZE;
}

/* Whether one begins in the page before and goes on in this one. */
static bool has_site_across(struct lane *lane, uint64_t page)
{
    unsigned start = PAGE_SIZE - SITE_MAX + 1;

    for (;; start++) {
        uint8_t bytes[SITE_MAX];

        start = find_site(lane, page - PAGE_SIZE, start, PAGE_SIZE);
        if (start == PAGE_SIZE)
            return false;
        read_text(lane, page - PAGE_SIZE + start, bytes, SITE_MAX);
        if (start + site_size(bytes) > PAGE_SIZE)
            return true;
    }
}

/* ------------------------------------------------------------------ pages */

void base_sites_write(struct lane *lane, uint64_t vaddr)
{
    unsigned at = 0;

    while (base_sites_matter(lane) && (at = find_site(lane, vaddr, at, PAGE_SIZE)) < PAGE_SIZE)
        ((uint8_t *)vaddr)[at++] = INVALID;
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
    if (page != 0 && has_site_across(lane, page))
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

static enum base_site carry_out(struct lane *lane, struct sigcontext *sc, const uint8_t *site,
                                unsigned size)
{
    struct user_regs *regs = &kernel_current(&lane->machine->kernel)->regs;
    uint8_t modrm = site[size - 1], rex = size == SITE_MAX ? site[1] : 0;
    uint64_t *operand = register_of(sc, (modrm & 7) | (rex & REX_B ? 8 : 0));
    uint64_t mask = rex & REX_W ? UINT64_MAX : UINT32_MAX;
    uint64_t *base = modrm & MODRM_GS ? &regs->gs_base : &regs->fs_base;

    bases_save(lane, regs);
    if (modrm & MODRM_SETS) {
        if (bases_canonical(*operand & mask) != (*operand & mask)) {
            sc->trapno = VECTOR_PROTECTION;
            sc->err = 0;
            return BASE_SITE_REFUSED;
        }
        *base = *operand & mask;
        bases_load(lane, regs);
    } else {
        *operand = *base & mask;
    }
    return BASE_SITE_DONE;
}

/* Those that change nothing about these instructions; f3 is the last one that they have. */
static bool is_prefix(uint8_t byte)
{
    return byte == 0x26 || byte == 0x2e || byte == 0x36 || byte == 0x3e || byte == 0x64 ||
           byte == 0x65 || byte == 0x67 || byte == 0xf2 || byte == REPEAT;
}

/* A guest that read its own text and put the bytes elsewhere has copied the opcode of ours. */
static bool heal_copied_site(struct lane *lane, uint64_t vaddr, uint8_t *bytes)
{
    if (bytes[0] != INVALID)
        return false;
    bytes[0] = REPEAT;
    if (!site_size(bytes))
        return false;
    *frame_at(lane, vaddr) = REPEAT;
    copy_or_refuse(lane, vaddr & ~MASK(PAGE_BITS));
    return true;
}

enum base_site base_sites_fault(struct lane *lane, struct ucontext *uc)
{
    struct sigcontext *sc = &uc->uc_mcontext;
    uint8_t bytes[PREFIX_MAX + SITE_MAX];
    unsigned n = 0, size;

    if (!base_sites_matter(lane) || sc->trapno != VECTOR_UNDEFINED)
        return BASE_SITE_NONE;
    read_text(lane, sc->rip, bytes, sizeof(bytes));
    while (n < PREFIX_MAX && is_prefix(bytes[n]) && !site_size(bytes + n))
        n++;
    size = site_size(bytes + n);
    if (size != 0) {
        enum base_site result = carry_out(lane, sc, bytes + n, size);
        sc->rip += result == BASE_SITE_DONE ? n + size : 0;
        return result;
    }
    if (heal_copied_site(lane, sc->rip + n, bytes + n))
        return BASE_SITE_AGAIN;
    /* The page behind has changed, with it the instruction. */
    if (bytes[0] == REPEAT && *(const uint8_t *)sc->rip == INVALID &&
        patch_drop_copy(lane, sc->rip & ~MASK(PAGE_BITS)))
        return BASE_SITE_AGAIN;
    return BASE_SITE_NONE;
}
