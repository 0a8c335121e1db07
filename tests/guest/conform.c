/*
 * What the conformance guests share, see conform.h. Lengths of error messages are checked here: the
 * stubs of libsel4 do not hand them on.
 */
#include "conform.h"

#define NO_LABEL 0xfffff /* no kernel has that many invocations */

seL4_Error conform(const char *name, const char *path, seL4_Error error)
{
    seL4_Word guard = seL4_GetMR(3), bits = seL4_GetMR(4);
    bool is_guard = error == seL4_FailedLookup && seL4_GetMR(1) == seL4_GuardMismatch;

    guest_printf("%s/%s: %s", name, path, error_text(error));
    if (is_guard)
        guest_printf(" guard=%lx bits=%lu", guard, bits);
    guest_printf("\n");
    return error;
}

/* How many words the kernel says about an error. */
static seL4_Word words_of(seL4_Error error)
{
    switch (error) {
    case seL4_InvalidArgument:
    case seL4_InvalidCapability:
    case seL4_NotEnoughMemory:
        return 1;
    case seL4_RangeError:
        return 2;
    case seL4_FailedLookup:
        return seL4_GetMR(1) == seL4_InvalidRoot         ? 2
               : seL4_GetMR(1) == seL4_MissingCapability ? 3
               : seL4_GetMR(1) == seL4_DepthMismatch     ? 4
                                                         : 5;
    default:
        return 0;
    }
}

seL4_Error conform_send(seL4_CPtr cap, seL4_Word label, unsigned words, unsigned caps)
{
    seL4_MessageInfo_t answer = seL4_Call(cap, seL4_MessageInfo_new(label, 0, caps, words));
    seL4_Error error = (seL4_Error)seL4_MessageInfo_get_label(answer);
    seL4_Word length = seL4_MessageInfo_get_length(answer);

    if (error != seL4_NoError && length != words_of(error))
        guest_printf("the next has %lu words\n", length);
    return error;
}

static void truncated(const struct conform_message *m, const char *path, unsigned words,
                      unsigned caps)
{
    for (unsigned i = 0; i < m->words; i++)
        seL4_SetMR((int)i, m->word[i]);
    for (unsigned i = 0; i < m->caps; i++)
        seL4_SetCap((int)i, m->extra[i]);
    conform(m->name, path, conform_send(m->cap, m->label, words, caps));
}

void conform_truncated(const struct conform_message *m)
{
    if (m->words > 0)
        truncated(m, "few-words", m->words - 1, m->caps);
    if (m->caps > 0)
        truncated(m, "few-caps", m->words, m->caps - 1);
}

void conform_label(const char *type, seL4_CPtr cap)
{
    conform(type, "label", conform_send(cap, NO_LABEL, 0, 0));
}

/* ---------------------------------------------------------------------- slots */

/* The path SLOT-FAILURE, joined. */
static void check(const char *name, const char *slot, const char *failure, seL4_Error error)
{
    char path[40];
    size_t length = strlen(slot);

    memcpy(path, slot, length);
    path[length] = '-';
    memcpy(path + length + 1, failure, strlen(failure) + 1);
    conform(name, path, error);
}

void conform_slot(const char *name, const char *slot, unsigned flags, conform_slot_call call)
{
    static seL4_CPtr flat, guarded, endpoint;

    if (!flat) {
        flat = object_alloc(seL4_CapTableObject, 4);
        guarded = cap_mint(flat, seL4_AllRights, seL4_CNode_CapData_new(5, 8).words[0]);
        endpoint = object_alloc(seL4_EndpointObject, 0);
    }
    if (flags & CONFORM_ROOT)
        check(name, slot, "root", call(endpoint, 1, 4));
    if (flags & CONFORM_ZERO)
        check(name, slot, "depth", call(flat, 1, 0));
    check(name, slot, "depth", call(flat, 1, 65));
    check(name, slot, "guard", call(guarded, 6 << 4 | 1, 12));
    check(name, slot, "guard", call(guarded, 5, 7));
    check(name, slot, "short", call(flat, 1, 3));
    check(name, slot, "short", call(guarded, 5 << 3, 11));
    check(name, slot, "rest", call(flat, 1 << 4, 8));
}

/* ---------------------------------------------------------------------- objects */

seL4_CPtr conform_device_untyped(seL4_Word bits)
{
    const seL4_BootInfo *info = seL4_GetBootInfo();

    for (seL4_Word want = bits; want <= seL4_MaxUntypedBits; want++) {
        for (seL4_Word i = 0; i < info->untyped.end - info->untyped.start; i++) {
            if (info->untypedList[i].isDevice && info->untypedList[i].sizeBits == want)
                return info->untyped.start + i;
        }
    }
    guest_die("no device memory");
}

seL4_CPtr conform_used_untyped(void)
{
    seL4_CPtr untyped = object_alloc(seL4_UntypedObject, 12);

    must("use an untyped",
         seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, 0, 0, slot_alloc(), 1));
    return untyped;
}

static seL4_CPtr make_pool(void)
{
    seL4_CPtr slot = slot_alloc();

    must("MakePool",
         seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, object_alloc(seL4_UntypedObject, 12),
                                       ROOT, slot, DEPTH));
    return slot;
}

static seL4_CPtr make_vspace(seL4_CPtr pool)
{
    seL4_CPtr vspace = object_alloc(seL4_X64_PML4Object, 0);

    must("Assign", seL4_X86_ASIDPool_Assign(pool, vspace));
    return vspace;
}

/* A pool takes the first free range of ASIDs: one made after a deletion takes over its ASIDs. */
struct conform_vspaces conform_vspaces(void)
{
    seL4_CPtr first = make_pool(), second = make_pool();
    struct conform_vspaces spaces = {
        .unassigned = object_alloc(seL4_X64_PML4Object, 0),
        .replaced = make_vspace(first),
        .lost = make_vspace(second),
    };

    must("delete a pool", cap_delete(first));
    make_vspace(make_pool());
    must("delete a pool", cap_delete(second));
    return spaces;
}
