/*
 * Patched sites: copies of text pages, the jumps in them, slots and thunks (see patch.h).
 *
 *     site:   jmp *%gs:slot                65 ff 24 65 d0 d1 d2 80
 *     slot:   address of the thunk
 *     thunk:  mov %rsp, %rbx (or %r14); movabs $site+5, %rcx; jmp patch_entry
 *
 * A jump leaves no trace of where it came from, hence a thunk for each site. The bytes d0 and d1 of
 * the slot's offset are opcodes that do not exist, at the places where `syscall` and the second
 * `mov` were: who jumps there meets an invalid opcode, and patch_fault() does what was meant.
 * The highest bit of d2 tells the register. Offsets are negative, so that with any other GS base a
 * static program can have, the jump faults.
 */
#include "stub/patch.h"

#include <linux/mman.h>

#include "machine/call_site.h"
#include "stub/base_sites.h"
#include "stub/bases.h"
#include "stub/frames.h"
#include "stub/syscalls.h"

#define PAGE_SIZE   BIT(PAGE_BITS)
#define SITE_LIMIT  (BIT(SITE_BITS) / 4 * 3)
#define COPY_LIMIT  2048
#define THUNK_SIZE  32
#define SLOTS_SIZE  BIT(24)
#define CALL_SLOT   0u                             /* of all call sites; no patched site has it */
#define SLOT_ROWS   (128 * sizeof(invalid_opcode)) /* for each register */
#define DISP_SIGN   0x80000000ull
#define NOWHERE     0x8000000000000000ull /* not canonical: the jump itself faults */
#define JUMP_OPCODE 0x6524ff65u           /* jmp *%gs:disp32, with a scale that means nothing */

#define VECTOR_UNDEFINED  6
#define VECTOR_PROTECTION 13
#define VECTOR_PAGE_FAULT 14

/* For d1 any opcode that 64-bit mode does not have; for d0 those among them whose slots of 8 bytes
 * neither overlap nor cross a cache line. */
static const uint8_t invalid_opcode[] = {0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37,
                                         0x3f, 0x60, 0x61, 0x82, 0x9a, 0xce, 0xd4, 0xd6, 0xea};
static const uint8_t slot_column[] = {0x06, 0x0e, 0x16, 0x1e, 0x27, 0x2f, 0x37,
                                      0x60, 0x82, 0x9a, 0xce, 0xd6, 0xea};

/* mov %rsp, KEEPER; syscall; mov KEEPER, %rsp */
static const uint64_t site_bytes[KEEPER_COUNT] = {
    [KEEPER_RBX] = 0xdc8948050fe38948,
    [KEEPER_R14] = 0xf4894c050fe68949,
};

struct copy {
    uint64_t vaddr;
    paddr frame;
};

/* All of this is the process's own. */
STUB_TABLE struct site patch_sites[BIT(SITE_BITS)];
static uint32_t site_count; /* entries of patch_sites in use, live or not */
static STUB_TABLE struct copy copies[COPY_LIMIT];
static uint32_t copy_count;
static uint64_t slot_page_mapped[SLOTS_SIZE / PAGE_SIZE / 64];
static bool thunks_mapped;

STUB_LOCAL void patch_entry(void), link_entry(void); /* entry.S */

static char *slots(void)
{
    return window_start + WINDOW_SLOTS_OFFSET;
}

static char *thunk_at(uint32_t index)
{
    return window_start + WINDOW_THUNKS_OFFSET + (uint64_t)index * THUNK_SIZE;
}

uint64_t patch_gs_base(void)
{
    return (uint64_t)slots() + DISP_SIGN;
}

static bool is_error(long result)
{
    return result < 0 && result >= -4095;
}

static bool map_own(char *at, uint64_t size, int prot)
{
    return !is_error(LINUX_CALL6(mmap, at, size, prot,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0));
}

/* ------------------------------------------------------------------ slots and thunks */

static uint64_t *slot_at(uint32_t offset)
{
    return (uint64_t *)(slots() + offset);
}

/* A page without slots in use is not mapped: a jump through it faults as one through NOWHERE. */
static bool map_slot_page(uint32_t offset)
{
    uint32_t page = offset >> PAGE_BITS;
    char *at = slots() + (offset & ~MASK(PAGE_BITS));

    if (slot_page_mapped[page / 64] >> page % 64 & 1)
        return true;
    if (!map_own(at, PAGE_SIZE, PROT_READ | PROT_WRITE))
        return false;
    slot_page_mapped[page / 64] |= 1ull << page % 64;
    for (uint32_t row = 0; row < PAGE_SIZE; row += 256) {
        for (unsigned i = 0; i < sizeof(slot_column); i++)
            *(uint64_t *)(at + row + slot_column[i]) = NOWHERE;
    }
    return true;
}

/*
 * A free slot for a site. The sites of a page share a row where they can. Which row that is depends
 * on the address only: bytes that a guest copied to the same address elsewhere keep their meaning.
 */
static bool find_slot(uint64_t address, enum keeper keeper, uint32_t *offset)
{
    uint64_t row = ((address >> PAGE_BITS) * 0x9e3779b97f4a7c15ull >> 32) % SLOT_ROWS;
    unsigned start = (unsigned)(address * 0x9e3779b97f4a7c15ull >> 40);

    for (unsigned tries = 0; tries < 64; tries++, row = (row + 1) % SLOT_ROWS) {
        uint32_t at = (uint32_t)keeper << SLOT_KEEPER_SHIFT |
                      (uint32_t)(row / sizeof(invalid_opcode) << 16) |
                      (uint32_t)invalid_opcode[row % sizeof(invalid_opcode)] << 8;
        if (!map_slot_page(at))
            return false;
        for (unsigned i = 0; i < sizeof(slot_column); i++) {
            *offset = at | slot_column[(start + i) % sizeof(slot_column)];
            if (*slot_at(*offset) == NOWHERE)
                return true;
        }
    }
    return false;
}

static void write_thunk(const struct site *site)
{
    uint8_t *at = (uint8_t *)thunk_at((uint32_t)(site - patch_sites));
    uint64_t after = site->address + SITE_AFTER;
    int32_t distance = (int32_t)((char *)patch_entry - ((char *)at + 18));

    __builtin_memcpy(at, &site_bytes[patch_keeper(site)], SITE_SYSCALL);
    __builtin_memcpy(at + 3, "\x48\xb9", 2); /* movabs $after, %rcx */
    __builtin_memcpy(at + 5, &after, 8);
    at[13] = 0xe9; /* jmp patch_entry */
    __builtin_memcpy(at + 14, &distance, 4);
}

bool patch_is_thunk(uint64_t rip)
{
    return rip - (uint64_t)thunk_at(0) < (THUNK_SIZE << SITE_BITS);
}

uint64_t patch_site_of_thunk(uint64_t rip)
{
    uint64_t offset = rip - (uint64_t)thunk_at(0);

    return offset % THUNK_SIZE == 0 ? patch_sites[offset / THUNK_SIZE].address : 0;
}

/* ------------------------------------------------------------------ sites */

/* The site at `address`, new or met before; NULL: no room. */
static struct site *site_make(uint64_t address)
{
    uint32_t i = patch_hash(address);

    while (patch_sites[i].address != 0 && patch_sites[i].address != address)
        i = (i + 1) & MASK(SITE_BITS);
    if (patch_sites[i].address == 0) {
        if (site_count == SITE_LIMIT)
            return 0;
        site_count++;
        patch_sites[i].address = address;
    }
    return &patch_sites[i];
}

static void site_end(struct site *site)
{
    site->live = false;
    *slot_at(site->slot) = NOWHERE;
}

/* The page is writable for the moment. */
static void write_jump(struct site *site)
{
    uint32_t disp = site->slot | (uint32_t)DISP_SIGN;
    uint64_t jump = JUMP_OPCODE | (uint64_t)disp << 32;

    write_thunk(site);
    *slot_at(site->slot) = (uint64_t)thunk_at((uint32_t)(site - patch_sites));
    __builtin_memcpy((void *)site->address, &jump, sizeof(jump));
    site->live = true;
}

/* ------------------------------------------------------------------ copies of pages */

static struct copy *copy_find(uint64_t vaddr)
{
    for (uint32_t i = 0; i < copy_count; i++) {
        if (copies[i].vaddr == vaddr)
            return &copies[i];
    }
    return 0;
}

bool patch_note_copy(struct lane *lane, uint64_t vaddr)
{
    struct translation t;

    if (lane->machine->debugger.on || copy_count == COPY_LIMIT || copy_find(vaddr) ||
        !kernel_translate(&lane->machine->kernel, lane->slot->vspace, vaddr, &t))
        return false;
    paddr frame = t.frame + (vaddr - t.start);
    if (!machine_is_ram(lane->machine, frame) || !frames_copy(lane, vaddr, frame))
        return false;
    copies[copy_count++] = (struct copy){vaddr, frame};
    return true;
}

/* Maps a private copy in place of the page, or opens the one that is there, for writing. */
static bool open_copy(struct lane *lane, uint64_t vaddr)
{
    int prot = PROT_READ | PROT_WRITE | PROT_EXEC;

    if (copy_find(vaddr))
        return LINUX_CALL3(mprotect, vaddr, PAGE_SIZE, prot) == 0;
    if (!patch_note_copy(lane, vaddr))
        return false;
    paddr frame = copies[copy_count - 1].frame;
    if (!is_error(LINUX_CALL6(mmap, vaddr, PAGE_SIZE, prot, MAP_PRIVATE | MAP_FIXED, STUB_FD_MEMORY,
                              KERNEL_RAM_OFFSET + frame))) {
        base_sites_write(lane, vaddr);
        return true;
    }
    frames_copy_gone(lane, vaddr, frame);
    copy_count--;
    return false;
}

static void close_copy(uint64_t vaddr)
{
    LINUX_CALL3(mprotect, vaddr, PAGE_SIZE, PROT_READ | PROT_EXEC);
}

bool patch_copy(struct lane *lane, uint64_t vaddr)
{
    bool is_new = !copy_find(vaddr);

    if (!open_copy(lane, vaddr))
        return false;
    if (!is_new)
        base_sites_write(lane, vaddr);
    close_copy(vaddr);
    return true;
}

bool patch_is_copy(uint64_t vaddr)
{
    return copy_find(vaddr) != 0;
}

void patch_unmapped(struct lane *lane, uint64_t start, uint64_t end)
{
    bool any = false;

    base_sites_unmapped(start, end);
    if (end == UINT64_MAX)
        text_forget();
    for (uint32_t i = 0; i < copy_count;) {
        if (copies[i].vaddr < start || copies[i].vaddr >= end) {
            i++;
            continue;
        }
        frames_copy_gone(lane, copies[i].vaddr, copies[i].frame);
        copies[i] = copies[--copy_count];
        any = true;
    }
    for (uint32_t i = 0; any && i < BIT(SITE_BITS); i++) {
        struct site *site = &patch_sites[i];
        if (site->live && site->address >= start && site->address < end)
            site_end(site);
    }
}

static void copy_drop(struct lane *lane, uint64_t vaddr)
{
    LINUX_CALL3(munmap, vaddr, PAGE_SIZE, 0);
    patch_unmapped(lane, vaddr, vaddr + PAGE_SIZE);
}

bool patch_drop_copy(struct lane *lane, uint64_t vaddr)
{
    if (!copy_find(vaddr))
        return false;
    copy_drop(lane, vaddr);
    return true;
}

void patch_drop_written(struct lane *lane)
{
    for (uint32_t i = 0; i < copy_count;) {
        if (frames_is_copied(copies[i].frame))
            i++;
        else
            copy_drop(lane, copies[i].vaddr);
    }
}

bool patch_written(struct lane *lane, uint64_t address)
{
    struct copy *copy = copy_count ? copy_find(address & ~MASK(PAGE_BITS)) : 0;

    if (!copy)
        return false;
    if (base_sites_forgive(lane))
        frames_written_here(lane, copy->vaddr, copy->frame);
    else
        frames_written(lane, copy->frame);
    copy_drop(lane, copy->vaddr);
    return true;
}

/* ------------------------------------------------------------------ patching */

void patch_trapped(struct lane *lane, uint64_t rip)
{
    uint64_t address = rip - SITE_AFTER, bytes;
    enum keeper keeper = KEEPER_RBX;
    struct site *site;

    if (lane->patching == PATCH_OFF || !lane->engine->patches ||
        (address & MASK(PAGE_BITS)) > PAGE_SIZE - SITE_SIZE)
        return;
    __builtin_memcpy(&bytes, (const void *)address, sizeof(bytes));
    while (keeper < KEEPER_COUNT && bytes != site_bytes[keeper])
        keeper++;
    if (keeper == KEEPER_COUNT)
        return;
    if (kernel_current(&lane->machine->kernel)->regs.gs_base != 0) {
        patch_end(lane);
        return;
    }
    if (!thunks_mapped)
        thunks_mapped =
            map_own(thunk_at(0), THUNK_SIZE << SITE_BITS, PROT_READ | PROT_WRITE | PROT_EXEC);
    site = thunks_mapped ? site_make(address) : 0;
    if (!site || !find_slot(address, keeper, &site->slot) ||
        !open_copy(lane, address & ~MASK(PAGE_BITS)))
        return;
    write_jump(site);
    close_copy(address & ~MASK(PAGE_BITS));
    lane->patching = PATCH_ON;
}

static void stop_patching(struct lane *lane, enum patching next)
{
    if (lane->patching == PATCH_ON && bases_gs(lane) == patch_gs_base())
        bases_set_gs(lane, 0);
    lane->patching = (uint8_t)next;
    while (copy_count != 0)
        copy_drop(lane, copies[0].vaddr);
}

void patch_end(struct lane *lane)
{
    stop_patching(lane, PATCH_OFF);
}

void patch_suspend(struct lane *lane)
{
    stop_patching(lane, lane->patching == PATCH_OFF ? PATCH_OFF : PATCH_UNUSED);
}

void patch_begin(struct lane *lane)
{
    patch_unmapped(lane, 0, UINT64_MAX);
    /* The next VSpace often runs the same program: its sites have their thunks already. */
    if (site_count > SITE_LIMIT / 2) {
        __builtin_memset(patch_sites, 0, sizeof(patch_sites));
        site_count = 0;
    }
    lane->patching = PATCH_UNUSED;
}

/* ------------------------------------------------------------------ exceptions */

static bool is_one_of(uint8_t byte, const uint8_t *list, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (list[i] == byte)
            return true;
    }
    return false;
}

/*
 * A guest that read its own text and put the bytes elsewhere has copied a jump of ours, which leads
 * nowhere here. The frame gets the bytes that it would have without us.
 */
static bool heal_copied_jump(struct lane *lane, uint64_t rip)
{
    uint8_t bytes[SITE_SIZE];
    uint32_t opcode;
    struct translation t;

    if ((rip & MASK(PAGE_BITS)) > PAGE_SIZE - SITE_SIZE)
        return false;
    __builtin_memcpy(bytes, (const void *)rip, SITE_SIZE);
    __builtin_memcpy(&opcode, bytes, sizeof(opcode));
    if (opcode != JUMP_OPCODE || bytes[7] != DISP_SIGN >> 24 ||
        !is_one_of(bytes[4], slot_column, sizeof(slot_column)) ||
        !is_one_of(bytes[5], invalid_opcode, sizeof(invalid_opcode)) ||
        !kernel_translate(&lane->machine->kernel, lane->slot->vspace, rip, &t) ||
        !machine_is_ram(lane->machine, t.frame + (rip - t.start)))
        return false;
    __builtin_memcpy(kernel_at(&lane->machine->kernel, t.frame + (rip - t.start)),
                     &site_bytes[bytes[6] >> 7], SITE_SIZE);
    if (copy_find(rip & ~MASK(PAGE_BITS)))
        copy_drop(lane, rip & ~MASK(PAGE_BITS));
    return true;
}

bool patch_is_link_entry(uint64_t rip)
{
    return rip == (uint64_t)link_entry;
}

/* From the VSpace's first call on, its call sites' jumps lead to the model, unless it uses GS. */
static void link_begin(struct lane *lane)
{
    if (lane->patching == PATCH_OFF || lane->machine->debugger.on || !lane->engine->patches ||
        !map_slot_page(CALL_SLOT))
        return;
    *slot_at(CALL_SLOT) = (uint64_t)link_entry;
    if (lane->patching == PATCH_ON)
        return;
    if (bases_gs(lane) != 0) {
        patch_end(lane);
        return;
    }
    lane->patching = PATCH_ON;
    bases_set_gs(lane, patch_gs_base());
}

/*
 * Whether the fault is that of a call site's jump, which has led nowhere. A byte is looked at only
 * once those before it say that the instruction has it: it may be the last of its page.
 */
static bool is_link_call(const struct sigcontext *sc)
{
    const uint8_t *at = (const uint8_t *)sc->rip;

    if (sc->rip >= USER_ADDRESSES_END ||
        (sc->trapno != VECTOR_PROTECTION &&
         (sc->trapno != VECTOR_PAGE_FAULT || sc->cr2 - sc->rip < CALL_SITE_JUMP_SIZE)))
        return false;
    for (unsigned i = 0; i < CALL_SITE_JUMP_SIZE; i++) {
        if (at[i] != call_site_byte(i))
            return false;
    }
    return true;
}

enum patch_fault patch_fault(struct lane *lane, struct ucontext *uc)
{
    struct sigcontext *sc = &uc->uc_mcontext;
    const struct site *site = patch_site(sc->rip - SITE_AFTER);

    if (is_link_call(sc)) {
        link_begin(lane);
        sc->rip += CALL_SITE_JUMP_SIZE;
        return PATCH_SYSTEM_CALL;
    }
    if (!lane->engine->patches)
        return PATCH_NOT_OURS;
    if (lane->patching == PATCH_ON && bases_gs(lane) != patch_gs_base()) {
        bool at_site = patch_site(sc->rip);
        patch_end(lane);
        if (at_site)
            return PATCH_RETRY;
    }
    switch (sc->trapno) {
    case VECTOR_UNDEFINED:
        if (patch_site(sc->rip - SITE_SYSCALL))
            return PATCH_SYSTEM_CALL;
        if (!site)
            return PATCH_NOT_OURS;
        sc->rsp = patch_keeper(site) == KEEPER_R14 ? sc->r14 : sc->rbx;
        sc->rip += SITE_SIZE - SITE_AFTER;
        return PATCH_RETRY;
    case VECTOR_PAGE_FAULT: /* a fetch that faults has nothing to read at rip */
        if (sc->cr2 == sc->rip || sc->cr2 - sc->rip < SITE_SIZE)
            return PATCH_NOT_OURS;
        /* fallthrough */
    case VECTOR_PROTECTION:
        return heal_copied_jump(lane, sc->rip) ? PATCH_RETRY : PATCH_NOT_OURS;
    default:
        return PATCH_NOT_OURS;
    }
}
