/* Instructions that set and read FS and GS bases, see text.h. */
#include "engine/ptrace/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>

#include "engine/inproc/bases.h"
#include "engine/ptrace/space.h"
#include "machine/base_text.h"
#include "machine/emulate.h"

#define PAGE       4096ull
#define BLOCK      (16 * PAGE) /* neighbours become executable along with a page in this */
#define COPIES_MAX 64          /* of one space; what is more is executed as it is */
#define WRITES_MAX 64          /* else an instruction that writes to its own page would never end */

struct text_copy {
    uint64_t vaddr;
    uint8_t original[PAGE]; /* as it was when it was copied */
};

bool text_matters(void)
{
    static int matters = -1;

    if (matters < 0)
        matters = bases_of_host() != BASES_KEPT;
    return matters;
}

static struct text_copy *find_copy(struct space *space, uint64_t page)
{
    for (unsigned i = 0; i < space->text.count; i++) {
        if (space->text.copy[i].vaddr == page)
            return &space->text.copy[i];
    }
    return NULL;
}

void text_unmapped(struct space *space, uint64_t start, uint64_t end)
{
    struct text *text = &space->text;

    for (unsigned i = 0; i < text->count;) {
        if (text->copy[i].vaddr >= start && text->copy[i].vaddr < end)
            text->copy[i] = text->copy[--text->count];
        else
            i++;
    }
}

/* ------------------------------------------------------------------ pages */

/* Into the private copy at `page`, which nobody but ptrace can write to. */
static bool write_opcodes(struct machine *m, struct space *space, paddr pml4, uint64_t page,
                          const uint8_t *original)
{
    uint8_t patched[PAGE];
    uint64_t eight;
    unsigned at = 0;

    memcpy(patched, original, PAGE);
    while ((at = base_text_find(m, pml4, page, at, PAGE)) < PAGE)
        patched[at++] = BASE_TEXT_INVALID;
    for (at = 0; at < PAGE; at += sizeof eight) {
        memcpy(&eight, patched + at, sizeof eight);
        if (memcmp(original + at, &eight, sizeof eight) != 0 &&
            ptrace(PTRACE_POKETEXT, space->tracee.pid, page + at, eight) != 0)
            return false;
    }
    return true;
}

static bool copy_page(struct machine *m, struct space *space, paddr pml4,
                      const struct translation *page)
{
    struct text *text = &space->text;

    if (text->count == COPIES_MAX || text->writes > WRITES_MAX)
        return false;
    if (text->copy == NULL)
        text->copy = malloc(COPIES_MAX * sizeof text->copy[0]);
    if (text->copy == NULL)
        return false;
    struct text_copy *copy = &text->copy[text->count];
    copy->vaddr = page->start;
    memcpy(copy->original, kernel_at(&m->kernel, page->frame), PAGE);
    space_map(m, space, pml4, page, SPACE_COPY);
    if (!write_opcodes(m, space, pml4, page->start, copy->original))
        return false;
    text->count++;
    return true;
}

/* Pages with instructions of ours are left to be executed first: they may be data. */
static bool belongs_to(struct machine *m, paddr pml4, const struct translation *run, uint64_t page,
                       paddr frame)
{
    struct translation t;

    return space_page(m, pml4, page, &t) && t.frame == frame && t.write == run->write &&
           !base_text_has(m, pml4, page);
}

static void execute_around(struct machine *m, struct space *space, paddr pml4,
                           struct translation run)
{
    uint64_t low = run.start & ~(BLOCK - 1), high = low + BLOCK;

    while (run.start > low && belongs_to(m, pml4, &run, run.start - PAGE, run.frame - PAGE)) {
        run.start -= PAGE;
        run.frame -= PAGE;
    }
    while (run.end < high && belongs_to(m, pml4, &run, run.end, run.frame + (run.end - run.start)))
        run.end += PAGE;
    space_map(m, space, pml4, &run, SPACE_TEXT);
}

static void execute(struct machine *m, struct space *space, paddr pml4, uint64_t vaddr)
{
    struct translation page;

    if (!space_page(m, pml4, vaddr, &page))
        return;
    if (!base_text_has(m, pml4, vaddr))
        execute_around(m, space, pml4, page);
    else if (!copy_page(m, space, pml4, &page))
        space_map(m, space, pml4, &page, SPACE_TEXT);
}

/* A fetch: at the instruction itself, or where it goes on in the next page. */
static bool is_fetch(struct machine *m, uint64_t address)
{
    uint64_t rip = kernel_current(&m->kernel)->regs.rip;

    return address == rip || (address % PAGE == 0 && address - rip < INSTRUCTION_MAX);
}

bool text_fetch(struct machine *m, struct space *space, paddr pml4, uint64_t address)
{
    struct text *text = &space->text;
    uint64_t page = address & ~(PAGE - 1);
    /* What faults again was an instruction that writes to its own page. */
    bool again = text->fetched == address && text->fetched_before == text->stops;

    if (!text_matters())
        return false;
    if (find_copy(space, page) != NULL) { /* which can be executed: it was a write */
        text->writes++;
        return false;
    }
    if (again || !is_fetch(m, address))
        return false;
    text->fetched = address;
    text->fetched_before = text->stops + 1;
    /* The page before may have been searched when this one was not there. */
    if (base_text_crosses_into(m, pml4, page) && find_copy(space, page - PAGE) == NULL)
        execute(m, space, pml4, page - PAGE);
    execute(m, space, pml4, page);
    return true;
}

void text_update(struct machine *m, struct space *space, paddr pml4)
{
    struct text *text = &space->text;
    struct translation page;

    text->writes = 0;
    for (unsigned i = 0; i < text->count;) {
        const struct text_copy *copy = &text->copy[i];

        if (space_page(m, pml4, copy->vaddr, &page) &&
            memcmp(copy->original, kernel_at(&m->kernel, page.frame), PAGE) == 0)
            i++;
        else
            space_drop(m, space, copy->vaddr, copy->vaddr + PAGE); /* and with it, the copy */
    }
}

/* ------------------------------------------------------------------ the instructions */

static enum text_opcode carry_out(struct user_regs *regs, const struct base_instruction *i)
{
    uint64_t *operand = emulate_register(regs, i->reg);
    uint64_t *base = i->gs ? &regs->gs_base : &regs->fs_base;
    uint64_t value = *operand & i->mask;

    if (!i->sets)
        *operand = *base & i->mask;
    else if ((uint64_t)((int64_t)(value << 16) >> 16) != value)
        return TEXT_REFUSED;
    else
        *base = value;
    regs->fault_ip = regs->rip += i->size;
    return TEXT_DONE;
}

enum text_opcode text_invalid_opcode(struct machine *m, struct space *space, paddr pml4)
{
    struct user_regs *regs = &kernel_current(&m->kernel)->regs;
    uint64_t page = regs->rip & ~(PAGE - 1);

    if (!text_matters())
        return TEXT_NOT_OURS;
    struct base_instruction instruction = base_text_decode(m, pml4, regs->rip);
    if (instruction.size != 0)
        return carry_out(regs, &instruction);
    if (base_text_heal(m, pml4, regs->rip)) {
        space_drop(m, space, page, page + PAGE);
        return TEXT_AGAIN;
    }
    /* The page behind has changed, with it the instruction. */
    const uint8_t *text = base_text_at(m, pml4, regs->rip);
    if (find_copy(space, page) != NULL && text != NULL && *text == BASE_TEXT_FIRST) {
        space_drop(m, space, page, page + PAGE);
        return TEXT_AGAIN;
    }
    return TEXT_NOT_OURS;
}
