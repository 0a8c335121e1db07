/* Instructions that set and read FS and GS bases, see base_text.h. */
#include "machine/base_text.h"

#define PAGE_SIZE   BIT(PAGE_BITS)
#define ADDRESS_END 0x7ffffffff000ull /* of user addresses */

#define SIZE_MIN   4
#define REX        0x40
#define REX_W      0x08
#define REX_B      0x01
#define MODRM_GS   0x08
#define MODRM_SETS 0x10

#define PREFIX_MAX 10 /* 15 bytes are the longest instruction */

unsigned base_text_size(const uint8_t *at)
{
    unsigned rex = (at[1] & 0xf0) == REX;

    if (at[0] != BASE_TEXT_FIRST || at[rex + 1] != 0x0f || at[rex + 2] != 0xae ||
        (at[rex + 3] & 0xe0) != 0xc0)
        return 0;
    return rex + SIZE_MIN;
}

uint8_t *base_text_at(struct machine *m, paddr pml4, uint64_t vaddr)
{
    struct translation t;

    if (vaddr >= ADDRESS_END || !kernel_translate(&m->kernel, pml4, vaddr, &t) ||
        !machine_is_ram(m, t.frame + (vaddr - t.start)))
        return NULL;
    return kernel_at(&m->kernel, t.frame + (vaddr - t.start));
}

/* Zeroes where there is no memory. */
static void read_text(struct machine *m, paddr pml4, uint64_t vaddr, uint8_t *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *at = base_text_at(m, pml4, vaddr + i);
        bytes[i] = at ? *at : 0;
    }
}

unsigned base_text_find(struct machine *m, paddr pml4, uint64_t page, unsigned start, unsigned end)
{
    const unsigned whole = PAGE_SIZE - BASE_TEXT_MAX + 1; /* where all of it is in this page */
    const uint8_t *text = base_text_at(m, pml4, page);
    uint8_t bytes[2 * BASE_TEXT_MAX];

    if (!text)
        return end;
    for (; start < end && start < whole; start++) {
        if (text[start] == BASE_TEXT_FIRST && base_text_size(text + start))
            return start;
    }
    if (start < end)
        read_text(m, pml4, page + whole, bytes, sizeof(bytes));
    for (; start < end; start++) {
        if (base_text_size(bytes + (start - whole)))
            return start;
    }
    return end;
}

bool base_text_has(struct machine *m, paddr pml4, uint64_t page)
{
    return base_text_find(m, pml4, page, 0, PAGE_SIZE) != PAGE_SIZE;
}

bool base_text_crosses_into(struct machine *m, paddr pml4, uint64_t page)
{
    unsigned start = PAGE_SIZE - BASE_TEXT_MAX + 1;

    if (page == 0)
        return false;
    for (;; start++) {
        uint8_t bytes[BASE_TEXT_MAX];

        start = base_text_find(m, pml4, page - PAGE_SIZE, start, PAGE_SIZE);
        if (start == PAGE_SIZE)
            return false;
        read_text(m, pml4, page - PAGE_SIZE + start, bytes, BASE_TEXT_MAX);
        if (start + base_text_size(bytes) > PAGE_SIZE)
            return true;
    }
}

/* Those that change nothing about these instructions; f3 is the last one that they have. */
static bool is_prefix(uint8_t byte)
{
    return byte == 0x26 || byte == 0x2e || byte == 0x36 || byte == 0x3e || byte == 0x64 ||
           byte == 0x65 || byte == 0x67 || byte == 0xf2 || byte == BASE_TEXT_FIRST;
}

/* Reads what is at `vaddr`; the number of its prefixes. */
static unsigned read_instruction(struct machine *m, paddr pml4, uint64_t vaddr,
                                 uint8_t bytes[PREFIX_MAX + BASE_TEXT_MAX])
{
    unsigned n = 0;

    read_text(m, pml4, vaddr, bytes, PREFIX_MAX + BASE_TEXT_MAX);
    while (n < PREFIX_MAX && is_prefix(bytes[n]) && !base_text_size(bytes + n))
        n++;
    return n;
}

struct base_instruction base_text_decode(struct machine *m, paddr pml4, uint64_t vaddr)
{
    uint8_t bytes[PREFIX_MAX + BASE_TEXT_MAX];
    unsigned n = read_instruction(m, pml4, vaddr, bytes), size = base_text_size(bytes + n);

    if (size == 0)
        return (struct base_instruction){0};
    uint8_t modrm = bytes[n + size - 1], rex = size == BASE_TEXT_MAX ? bytes[n + 1] : 0;
    return (struct base_instruction){
        .size = n + size,
        .reg = (uint8_t)((modrm & 7) | (rex & REX_B ? 8 : 0)),
        .gs = modrm & MODRM_GS,
        .sets = modrm & MODRM_SETS,
        .mask = rex & REX_W ? UINT64_MAX : UINT32_MAX,
    };
}

bool base_text_heal(struct machine *m, paddr pml4, uint64_t vaddr)
{
    uint8_t bytes[PREFIX_MAX + BASE_TEXT_MAX];
    unsigned n = read_instruction(m, pml4, vaddr, bytes);

    if (bytes[n] != BASE_TEXT_INVALID)
        return false;
    bytes[n] = BASE_TEXT_FIRST;
    if (!base_text_size(bytes + n))
        return false;
    *base_text_at(m, pml4, vaddr + n) = BASE_TEXT_FIRST;
    return true;
}
