/*
 * Retyping: sizes, watermarks, alignment, what a device untyped allows, and how an untyped becomes
 * whole again.
 */
#include "guest.h"

static seL4_Error retype(seL4_CPtr untyped, seL4_Word type, seL4_Word bits, seL4_CPtr slot,
                         seL4_Word count)
{
    return seL4_Untyped_Retype(untyped, type, bits, ROOT, 0, 0, slot, count);
}

static void arguments(seL4_CPtr untyped)
{
    seL4_CPtr slot = slots_alloc(4);

    report("no such type", retype(untyped, seL4_ObjectTypeCount, 0, slot, 1));
    report("CNode of no slots", retype(untyped, seL4_CapTableObject, 0, slot, 1));
    report("too large a CNode", retype(untyped, seL4_CapTableObject, 60, slot, 1));
    report("too small an untyped", retype(untyped, seL4_UntypedObject, 3, slot, 1));
    report("too large an untyped", retype(untyped, seL4_UntypedObject, 48, slot, 1));
    report("no objects", retype(untyped, seL4_EndpointObject, 0, slot, 0));
    report("257 objects", retype(untyped, seL4_EndpointObject, 0, slot, 257));
    report("beyond the CNode", retype(untyped, seL4_EndpointObject, 0, 8190, 4));
    report("far beyond the CNode", retype(untyped, seL4_EndpointObject, 0, 1ul << 40, 1));
    report("onto a capability", retype(untyped, seL4_EndpointObject, 0, untyped, 1));
    report("into no CNode",
           seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, untyped, 0, 0, slot, 1));
    report("into a missing CNode",
           seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, slot, DEPTH, 0, 1));
    report("into an untyped at depth",
           seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, untyped, DEPTH, 0, 1));
    report("too large an object", retype(untyped, seL4_X86_LargePageObject, 0, slot, 1));
    report("of a frame", retype(object_alloc(seL4_X86_4K, 0), seL4_EndpointObject, 0, slot, 1));
}

/* 16 KiB of memory: what fits depends on what is there already and on alignment. */
static void watermark(void)
{
    seL4_CPtr untyped = object_alloc(seL4_UntypedObject, 14), slot = slots_alloc(16);

    report("an endpoint", retype(untyped, seL4_EndpointObject, 0, slot, 1));
    report("four pages", retype(untyped, seL4_X86_4K, 0, slot + 1, 4));
    report("three pages", retype(untyped, seL4_X86_4K, 0, slot + 1, 3));
    report("another endpoint", retype(untyped, seL4_EndpointObject, 0, slot + 4, 1));
    report("revoke", cap_revoke(untyped));
    report("two endpoints", retype(untyped, seL4_EndpointObject, 0, slot, 2));
    report("a page", retype(untyped, seL4_X86_4K, 0, slot + 2, 1));
    report("delete an endpoint", cap_delete(slot));
    report("two pages", retype(untyped, seL4_X86_4K, 0, slot + 3, 2));
    report("an endpoint at the end", retype(untyped, seL4_EndpointObject, 0, slot + 5, 1));
    for (int i = 1; i < 5; i++)
        must("delete", cap_delete(slot + (seL4_CPtr)i));
    report("four pages, all deleted", retype(untyped, seL4_X86_4K, 0, slot, 4));
}

static void sizes(void)
{
    static const struct {
        const char *name;
        seL4_Word type, bits, log2_bytes;
    } objects[] = {
        {"untyped of 16 bytes", seL4_UntypedObject, 4, 4},
        {"TCB", seL4_TCBObject, 0, seL4_TCBBits},
        {"endpoint", seL4_EndpointObject, 0, seL4_EndpointBits},
        {"notification", seL4_NotificationObject, 0, seL4_NotificationBits},
        {"CNode of 8 slots", seL4_CapTableObject, 3, 8},
        {"PDPT", seL4_X86_PDPTObject, 0, 12},
        {"PML4", seL4_X64_PML4Object, 0, 12},
        {"page directory", seL4_X86_PageDirectoryObject, 0, 12},
        {"page table", seL4_X86_PageTableObject, 0, 12},
        {"4K page", seL4_X86_4K, 0, 12},
    };
    seL4_CPtr slot = slots_alloc(3);

    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        seL4_CPtr untyped = object_alloc(seL4_UntypedObject, objects[i].log2_bytes);
        seL4_Error one = retype(untyped, objects[i].type, objects[i].bits, slot, 1);
        seL4_Error another = retype(untyped, objects[i].type, objects[i].bits, slot + 1, 1);

        guest_printf("%s in %lu bytes: %s", objects[i].name, 1ul << objects[i].log2_bytes,
                     one == seL4_NoError ? "ok" : "no");
        guest_printf(", another: %s\n", error_text(another));
        must("delete", cap_delete(slot));
    }
}

static void children(void)
{
    seL4_CPtr parent = object_alloc(seL4_UntypedObject, 12), slot = slots_alloc(4);

    report("half", retype(parent, seL4_UntypedObject, 11, slot, 1));
    report("an endpoint in it", retype(slot, seL4_EndpointObject, 0, slot + 1, 1));
    report("copy of an untyped that is in use",
           seL4_CNode_Copy(ROOT, slot + 2, DEPTH, ROOT, slot, DEPTH, seL4_AllRights));
    report("revoke the parent", cap_revoke(parent));
    guest_printf("empty: %d %d\n", slot_is_empty(slot), slot_is_empty(slot + 1));
    report("copy of an unused untyped",
           seL4_CNode_Copy(ROOT, slot + 2, DEPTH, ROOT, parent, DEPTH, seL4_AllRights));
    report("retype the original", retype(parent, seL4_EndpointObject, 0, slot, 1));
    report("move an untyped in use", seL4_CNode_Move(ROOT, slot + 3, DEPTH, ROOT, parent, DEPTH));
    report("retype the moved one", retype(slot + 3, seL4_EndpointObject, 0, slot + 1, 1));
}

/* Memory must be zero when it is retyped again. */
static void reset(void)
{
    seL4_CPtr untyped = object_alloc(seL4_UntypedObject, 16), frame = slot_alloc();
    unsigned char *page = vspace_reserve(PAGE_SIZE);
    unsigned long sum = 0;

    must("retype", retype(untyped, seL4_X86_4K, 0, frame, 1));
    must("map", vspace_map(OWN_VSPACE, frame, (seL4_Word)page, seL4_AllRights));
    memset(page, 0xff, PAGE_SIZE);
    must("revoke", cap_revoke(untyped));
    must("retype", retype(untyped, seL4_X86_4K, 0, frame, 1));
    must("map", vspace_map(OWN_VSPACE, frame, (seL4_Word)page, seL4_AllRights));
    for (size_t i = 0; i < PAGE_SIZE; i++)
        sum += page[i];
    guest_printf("sum of a page used before: %lu\n", sum);
}

static void device(void)
{
    const seL4_BootInfo *info = seL4_GetBootInfo();
    seL4_CPtr untyped = 0, slot = slots_alloc(2);

    for (seL4_Word i = 0; !untyped && i < info->untyped.end - info->untyped.start; i++) {
        if (info->untypedList[i].isDevice && info->untypedList[i].sizeBits >= 13)
            untyped = info->untyped.start + i;
    }
    report("endpoint in device memory", retype(untyped, seL4_EndpointObject, 0, slot, 1));
    report("TCB in device memory", retype(untyped, seL4_TCBObject, 0, slot, 1));
    report("page table in device memory", retype(untyped, seL4_X86_PageTableObject, 0, slot, 1));
    report("page of device memory", retype(untyped, seL4_X86_4K, 0, slot, 1));
    report("untyped of device memory", retype(untyped, seL4_UntypedObject, 12, slot + 1, 1));
}

int main(void)
{
    arguments(object_alloc(seL4_UntypedObject, 16));
    watermark();
    sizes();
    children();
    reset();
    device();
    return 0;
}
