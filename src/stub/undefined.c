/*
 * `ud2` at an address where it keeps being executed becomes `hlt`, in the private copy of its page
 * that patched sites have too. Both fault before they do anything, but hypervisors intercept the
 * invalid opcode to look whether they have to emulate it: four times the cost of any other fault.
 *
 * Invariant: live sites are exactly the bytes that differ so; a copy that goes takes its sites
 * along.
 */
#include "stub/patch.h"

#define OPCODE_UD2  0x0b0f /* two bytes, as a number */
#define OPCODE_HLT  0xf4   /* replaces the first of them */
#define SITE_LIMIT  32
#define RECENT_SIZE 16

/* All of this is the process's own. */
static uint64_t sites[SITE_LIMIT];
static unsigned site_count;
static uint64_t recent[RECENT_SIZE]; /* executed before: by the address's low bits */

bool undefined_is_site(uint64_t rip)
{
    for (unsigned i = 0; i < site_count; i++) {
        if (sites[i] == rip)
            return true;
    }
    return false;
}

void undefined_trapped(struct lane *lane, uint64_t rip)
{
    uint64_t page = rip & ~MASK(PAGE_BITS), *seen = &recent[rip % RECENT_SIZE];
    const uint8_t hlt = OPCODE_HLT;
    uint16_t bytes;

    if (lane->patching == PATCH_OFF || !lane->engine->patches || !lane->fsgsbase ||
        site_count == SITE_LIMIT || page != ((rip + 1) & ~MASK(PAGE_BITS)))
        return;
    __builtin_memcpy(&bytes, (const void *)rip, sizeof(bytes));
    if (bytes != OPCODE_UD2)
        return;
    if (*seen != rip) {
        *seen = rip;
        return;
    }
    if (!patch_open(lane, page))
        return;
    __builtin_memcpy((void *)rip, &hlt, sizeof(hlt));
    patch_close(page);
    sites[site_count++] = rip;
}

void undefined_unmapped(uint64_t start, uint64_t end)
{
    for (unsigned i = 0; i < site_count;) {
        if (sites[i] >= start && sites[i] < end)
            sites[i] = sites[--site_count];
        else
            i++;
    }
}
