/*
 * The boot info: what must hold of it on any machine.
 */
#include "guest.h"

static void check(const char *what, bool holds)
{
    guest_printf("%s: %s\n", what, holds ? "yes" : "no");
}

static seL4_Word length(seL4_SlotRegion region)
{
    return region.end - region.start;
}

static void regions(const seL4_BootInfo *info)
{
    seL4_Word slots = 1ul << info->initThreadCNodeSizeBits;

    check("one node", info->nodeID == 0 && info->numNodes == 1);
    guest_printf("IOMMU levels: %ld\n", (long)info->numIOPTLevels);
    check("domain 0", info->initThreadDomain == 0);
    check("CNode size as configured", info->initThreadCNodeSizeBits == CONFIG_ROOT_CNODE_SIZE_BITS);
    check("empty to the end", info->empty.end == slots && length(info->empty) > 0);
    check("no shared frames", length(info->sharedFrames) == 0);
    check("no IO spaces", length(info->ioSpaceCaps) == 0);
    check("image frames", length(info->userImageFrames) > 0);
    check("paging structures", length(info->userImagePaging) >= 3);
    check("untypeds before empty", info->untyped.end == info->empty.start);
    check("extra boot info has frames",
          length(info->extraBIPages) == (info->extraLen + PAGE_SIZE - 1) / PAGE_SIZE);
    check("IPC buffer page-aligned", (seL4_Word)info->ipcBuffer % PAGE_SIZE == 0);
    check("boot info page before it or after",
          (seL4_Word)info - (seL4_Word)info->ipcBuffer == PAGE_SIZE ||
              (seL4_Word)info->ipcBuffer - (seL4_Word)info == PAGE_SIZE);
}

static void untypeds(const seL4_BootInfo *info)
{
    seL4_Word count = length(info->untyped), ram = 0, devices = 0;
    bool aligned = true, sane = true, device_first = true;

    for (seL4_Word i = 0; i < count; i++) {
        const seL4_UntypedDesc *untyped = &info->untypedList[i];

        sane &=
            untyped->sizeBits >= seL4_MinUntypedBits && untyped->sizeBits <= seL4_MaxUntypedBits;
        if (untyped->isDevice) {
            devices++;
            device_first &= ram == 0;
        } else {
            ram += 1ul << untyped->sizeBits;
            aligned &= untyped->paddr % (1ul << untyped->sizeBits) == 0;
        }
    }
    check("RAM untypeds aligned to their size", aligned);
    check("of possible sizes", sane);
    check("device memory first", device_first && devices > 0);
    check("16 MiB of RAM at least", ram >= 16ul << 20);
}

/* Every slot that the kernel fills, and some that it leaves empty here. */
static void initial_capabilities(const seL4_BootInfo *info)
{
    seL4_Word filled = 0;

    for (seL4_CPtr slot = 0; slot < seL4_NumInitialCaps; slot++) {
        if (!slot_is_empty(slot))
            filled |= 1ul << slot;
    }
    guest_printf("initial slots: %lx\n", filled);
    check("the last untyped is there", !slot_is_empty(info->untyped.end - 1));
    check("and nothing in the last slot", slot_is_empty(info->empty.end - 1));
    check("image frames are there", !slot_is_empty(info->userImageFrames.start) &&
                                        !slot_is_empty(info->userImageFrames.end - 1));
}

/* The chunks behind the boot info; the TSC's frequency must be among them. */
static void extra(const seL4_BootInfo *info)
{
    const char *at = (const char *)info + PAGE_SIZE, *end = at + info->extraLen;
    bool frequency = false, memory_map = false, sane = true;

    while (at < end) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)at;

        if (header->len < sizeof(*header)) {
            sane = false;
            break;
        }
        if (header->id == SEL4_BOOTINFO_HEADER_X86_TSC_FREQ)
            frequency = *(const seL4_Uint32 *)(header + 1) > 0;
        if (header->id == SEL4_BOOTINFO_HEADER_X86_MBMMAP)
            memory_map = header->len == sizeof(seL4_X86_BootInfo_mmap_t);
        at += header->len;
    }
    check("chunks end where they should", sane && at == end);
    check("TSC frequency", frequency);
    check("memory map", memory_map);
}

int main(void)
{
    const seL4_BootInfo *info = seL4_GetBootInfo();

    regions(info);
    untypeds(info);
    initial_capabilities(info);
    extra(info);
    return 0;
}
