/*
 * Booting: the initial CSpace, VSpace, boot info and thread, laid out in memory and in slots as
 * the real kernel does it on a PC, so that a guest can't tell from them where it runs.
 *
 * All root objects come from one block at the top of free memory. Slots are filled in ascending
 * order: paging structures, extra boot info, image frames, untypeds; what follows is empty.
 */
#include <string.h>

#include "kernel/boot.h"
#include "kernel/cnode.h"
#include "kernel/interrupt.h"
#include "kernel/mdb.h"
#include "kernel/platform.h"
#include "kernel/record.h"
#include "kernel/refill.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/vspace/vspace.h"

/* seL4_RootCNodeCapSlots */
enum {
    SLOT_THREAD = 1,
    SLOT_CNODE = 2,
    SLOT_VSPACE = 3,
    SLOT_IRQ_CONTROL = 4,
    SLOT_ASID_CONTROL = 5,
    SLOT_ASID_POOL = 6,
    SLOT_IO_PORT_CONTROL = 7,
    SLOT_BOOT_INFO = 9,
    SLOT_IPC_BUFFER = 10,
    SLOT_DOMAIN = 11,
    SLOT_SCHED_CONTEXT = 14,
    SLOT_FIRST_FREE = 16,
};

#define ROOT_ASID 1u
#define NS_PER_MS 1000000ull

/* ------------------------------------------------------------------ slots */

static paddr root_slot(const struct boot *b, word index)
{
    return b->cnode + (index << SLOT_BITS);
}

static void write_slot(struct boot *b, word index, struct cap cap)
{
    *cte_at(b->k, root_slot(b, index)) = (struct cte){
        .cap = cap,
        .mdb = {.revocable = 1, .first_badged = 1},
    };
}

static bool provide(struct boot *b, struct cap cap)
{
    if (b->next_slot >= BIT(b->k->config.root_cnode_bits))
        return boot_refuse(b, BOOT_NO_SPACE,
                           "the root CNode has too few slots for the initial capabilities");
    write_slot(b, b->next_slot++, cap);
    return true;
}

/* ------------------------------------------------------------------ boot info */

static struct boot_info *info_at(const struct boot *b)
{
    return kernel_at(b->k, b->info);
}

static struct boot_slots *sched_control_region(const struct boot *b)
{
    return (struct boot_slots *)(info_at(b) + 1);
}

static struct boot_slots *untyped_region(const struct boot *b)
{
    return sched_control_region(b) + (b->k->config.mcs ? 1 : 0);
}

static void fill_info(struct boot *b)
{
    const struct kernel_config *c = &b->k->config;
    struct boot_info *info = info_at(b);

    info->extra_size = b->image->extra_size;
    info->node_count = 1;
    /* An IOMMU kernel on a machine without one says 0. */
    info->io_page_levels = c->iommu ? 0 : ~(word)0;
    info->ipc_buffer = b->ipc_buffer_vaddr;
    info->root_cnode_bits = c->root_cnode_bits;
    if (b->image->extra_size)
        memcpy(kernel_at(b->k, b->extra), b->image->extra, b->image->extra_size);
}

/* ------------------------------------------------------------------ the initial CSpace */

/* The slots of interrupts lie in the kernel's own memory, as its own data does. */
static void create_irq_slots(struct boot *b)
{
    uint64_t size = IRQ_COUNT << SLOT_BITS;

    b->k->irq_node = (b->image->kernel_end - size) & ~MASK(SLOT_BITS);
    platform_used(b->k, b->k->irq_node, size);
    interrupt_init(b->k);
}

/* The same for host objects, where a machine has any. */
static void create_host_slots(struct boot *b)
{
    if (b->image->grant_count == 0)
        return;
    b->k->host_node = b->k->irq_node - (HOST_OBJECTS << SLOT_BITS);
    platform_used(b->k, b->k->host_node, HOST_OBJECTS << SLOT_BITS);
}

static void create_root_cnode(struct boot *b)
{
    unsigned radix = b->k->config.root_cnode_bits;
    struct cap cnode = {.cnode = {
                            .type = CAP_CNODE,
                            .obj = b->cnode,
                            .radix = radix,
                            .guard_size = 64 - radix,
                        }};

    write_slot(b, SLOT_CNODE, cnode);
    write_slot(b, SLOT_IO_PORT_CONTROL, (struct cap){.type = CAP_IO_PORT_CONTROL});
    write_slot(b, SLOT_DOMAIN, (struct cap){.type = CAP_DOMAIN});
    write_slot(b, SLOT_IRQ_CONTROL, (struct cap){.type = CAP_IRQ_CONTROL});
    b->next_slot = SLOT_FIRST_FREE;
}

static bool create_sched_control(struct boot *b)
{
    struct boot_slots *region = sched_control_region(b);
    struct cap cap = {.sched_control = {.type = CAP_SCHED_CONTROL, .core = 0}};

    if (!b->k->config.mcs)
        return true;
    region->start = b->next_slot;
    /* One for each CPU that the kernel is for, whether it is there or not. */
    for (; cap.sched_control.core < b->k->config.num_nodes; cap.sched_control.core++) {
        if (!provide(b, cap))
            return false;
    }
    region->end = b->next_slot;
    return true;
}

/* ------------------------------------------------------------------ the initial VSpace */

static bool create_tables(struct boot *b, enum cap_type type, unsigned bits, paddr *next)
{
    for (uint64_t vaddr = b->image->vaddr_start & ~MASK(bits); vaddr < b->end_vaddr;
         vaddr += BIT(bits)) {
        struct cap table = {.table = {
                                .type = type,
                                .obj = boot_take(next, BOOT_PAGE),
                                .is_mapped = 1,
                                .vaddr = vaddr,
                                .asid = ROOT_ASID,
                            }};
        vspace_boot_map(b->k, b->vspace, table);
        if (!provide(b, table))
            return false;
    }
    return true;
}

static struct cap root_pml4(const struct boot *b)
{
    return (struct cap){
        .table = {.type = CAP_PML4, .obj = b->vspace, .is_mapped = 1, .asid = ROOT_ASID}};
}

static bool create_vspace(struct boot *b)
{
    struct boot_slots *region = &info_at(b)->image_paging;
    paddr next = b->paging;

    write_slot(b, SLOT_VSPACE, root_pml4(b));
    pml4_at(b->k, b->vspace)->shadow.asid = ROOT_ASID;
    pml4_at(b->k, b->vspace)->shadow.serial = ++b->k->vspaces_made;
    region->start = b->next_slot;
    if (!create_tables(b, CAP_PDPT, 39, &next) ||
        !create_tables(b, CAP_PAGE_DIRECTORY, 30, &next) ||
        !create_tables(b, CAP_PAGE_TABLE, 21, &next))
        return false;
    region->end = b->next_slot;
    return true;
}

static struct cap map_frame(struct boot *b, paddr frame, uint64_t vaddr)
{
    struct cap cap = {.frame = {
                          .type = CAP_FRAME,
                          .obj = frame,
                          .size = FRAME_4K,
                          .rights = VM_READ_WRITE,
                          .vaddr = vaddr,
                          .asid = ROOT_ASID,
                          .map = FRAME_MAPPED_VSPACE,
                      }};

    vspace_boot_map(b->k, b->vspace, cap);
    return cap;
}

static bool map_frames(struct boot *b, struct boot_slots *region, paddr start, uint64_t size,
                       uint64_t vaddr)
{
    region->start = b->next_slot;
    for (uint64_t offset = 0; offset < size; offset += BOOT_PAGE)
        if (!provide(b, map_frame(b, start + offset, vaddr + offset)))
            return false;
    region->end = b->next_slot;
    return true;
}

static bool create_frames(struct boot *b)
{
    const struct boot_image *i = b->image;
    struct boot_info *info = info_at(b);

    write_slot(b, SLOT_BOOT_INFO, map_frame(b, b->info, b->info_vaddr));
    if (!map_frames(b, &info->extra_frames, b->extra, b->extra_bits ? BIT(b->extra_bits) : 0,
                    b->extra_vaddr))
        return false;
    write_slot(b, SLOT_IPC_BUFFER, map_frame(b, b->ipc_buffer, b->ipc_buffer_vaddr));
    return map_frames(b, &info->image_frames, i->paddr_start, i->vaddr_end - i->vaddr_start,
                      i->vaddr_start);
}

static void create_asid_pool(struct boot *b)
{
    struct cap pool = {.asid_pool = {.type = CAP_ASID_POOL, .obj = b->asid_pool}};
    struct asid_pool *p = kernel_at(b->k, b->asid_pool);

    write_slot(b, SLOT_ASID_POOL, pool);
    write_slot(b, SLOT_ASID_CONTROL, (struct cap){.type = CAP_ASID_CONTROL});
    p->pml4[ROOT_ASID] = b->vspace;
    b->k->asid_table[0] = b->asid_pool;
}

/* ------------------------------------------------------------------ the initial thread */

static void copy_to_thread(struct boot *b, word from, enum tcb_slot to)
{
    paddr source = root_slot(b, from);
    struct cap cap;

    if (cap_derive(b->k, source, cte_at(b->k, source)->cap, &cap))
        mdb_insert(b->k, cap, source, b->tcb + ((paddr)to << SLOT_BITS));
}

/* The initial thread's own: round robin. */
static void create_sched_context(struct boot *b)
{
    struct sched_context *sc = sc_at(b->k, b->sched_context);
    struct cap cap = {.sched_context = {
                          .type = CAP_SCHED_CONTEXT,
                          .obj = b->sched_context,
                          .size_bits = MIN_SC_BITS,
                      }};

    refill_new(b->k, sc, MIN_REFILLS, b->k->config.boot_time_slice_ms * NS_PER_MS, 0);
    sc->tcb = b->tcb;
    kernel_tcb(b->k, b->tcb)->sched_context = b->sched_context;
    write_slot(b, SLOT_SCHED_CONTEXT, cap);
}

static void create_thread(struct boot *b)
{
    static const char name[] = "rootserver";
    struct cap cap = {.type = CAP_THREAD, .obj = b->tcb};
    struct tcb *t = kernel_tcb(b->k, b->tcb);

    thread_init(b->k, b->tcb);
    copy_to_thread(b, SLOT_CNODE, TCB_CTABLE);
    copy_to_thread(b, SLOT_VSPACE, TCB_VTABLE);
    copy_to_thread(b, SLOT_IPC_BUFFER, TCB_BUFFER);
    t->ipc_buffer = b->ipc_buffer_vaddr;
    b->k->buffer_frame = b->ipc_buffer;
    t->regs.rdi = b->info_vaddr;
    t->regs.rip = t->regs.fault_ip = b->image->entry;
    t->priority = t->mcp = (uint8_t)(b->k->config.num_priorities - 1);
    memcpy(t->name, name, sizeof(name));
    if (record_wanted(b->k)) {
        record_name(b->k, b->tcb);
        record_space(b->k, b->tcb);
    }
    if (b->k->config.mcs)
        create_sched_context(b);
    else
        cnode_setup_reply_master(b->k, b->tcb);
    thread_set_state(b->k, b->tcb, THREAD_RUNNING);
    write_slot(b, SLOT_THREAD, cap);
}

/* ------------------------------------------------------------------ untypeds */

static bool provide_untypeds(struct boot *b, struct boot_region region, bool is_device)
{
    struct boot_slots *slots = untyped_region(b);
    struct boot_untyped *list = (struct boot_untyped *)(slots + 1);

    while (region.start != region.end) {
        paddr address = region.start;
        unsigned bits = boot_cut_untyped(&region);
        word n = b->next_slot - slots->start;

        /* Pieces too small for any object, and those beyond the list, are lost. */
        if (bits < MIN_UNTYPED_BITS || n >= b->k->config.max_untyped_caps)
            continue;
        struct cap untyped = {.untyped = {
                                  .type = CAP_UNTYPED,
                                  .obj = address,
                                  .size_bits = bits,
                                  .is_device = is_device,
                                  .free = BIT(bits), /* the first retype resets it */
                              }};
        list[n] = (struct boot_untyped){
            .address = address, .size_bits = (uint8_t)bits, .is_device = is_device};
        if (!provide(b, untyped))
            return false;
    }
    return true;
}

static bool create_untypeds(struct boot *b)
{
    const struct boot_memory *m = &b->memory;
    struct boot_slots *slots = untyped_region(b);
    paddr start = 0;

    slots->start = b->next_slot;
    for (unsigned i = 0; i < m->reserved_count; i++) {
        struct boot_region gap = {start, m->reserved[i].start};
        if (!provide_untypeds(b, gap, true))
            return false;
        start = m->reserved[i].end;
    }
    if (start < PADDR_DEVICE_TOP &&
        !provide_untypeds(b, (struct boot_region){start, PADDR_DEVICE_TOP}, true))
        return false;
    if (b->image->kernel_boot_end) {
        struct boot_region boot = {b->image->kernel_start, b->image->kernel_boot_end};
        if (!provide_untypeds(b, boot, false))
            return false;
    }
    for (unsigned i = 0; i < m->free_count; i++)
        if (!provide_untypeds(b, m->free[i], false))
            return false;
    slots->end = b->next_slot;
    return true;
}

/* ------------------------------------------------------------------ host objects */

static bool create_grants(struct boot *b)
{
    for (uint32_t i = 0; i < b->image->grant_count; i++) {
        const struct boot_grant *grant = &b->image->grant[i];
        struct cap cap = {.host = {
                              .type = CAP_HOST,
                              .index = i,
                              .can_read = 1,
                              .can_write = grant->writable,
                          }};

        b->k->host[i] = (struct host_object){.kind = grant->kind};
        memcpy((char *)kernel_at(b->k, b->extra) + grant->slot_at, &b->next_slot, sizeof(word));
        if (!provide(b, cap))
            return false;
    }
    b->k->host_last = b->image->grant_count;
    return true;
}

/* ------------------------------------------------------------------ all of it */

static bool build(struct boot *b)
{
    if (!boot_plan(b))
        return false;
    create_irq_slots(b);
    create_host_slots(b);
    create_root_cnode(b);
    fill_info(b);
    if (!create_sched_control(b) || !create_vspace(b) || !create_frames(b))
        return false;
    create_asid_pool(b);
    create_thread(b);
    if (!create_untypeds(b) || !create_grants(b))
        return false;
    info_at(b)->empty = (struct boot_slots){b->next_slot, BIT(b->k->config.root_cnode_bits)};
    return true;
}

int kernel_boot(struct kernel *k, const struct boot_image *image, const char **why)
{
    struct boot b = {.k = k, .image = image};

    abi_init(&k->abi, &k->config);
    sched_init(k);
    k->tsc_mhz = image->tsc_mhz;
    if (!build(&b)) {
        *why = b.why;
        return b.error;
    }
    k->action = SCHED_SWITCH_TO;
    k->action_target = b.tcb;
    sched_schedule(k);
    sched_activate(k);
    return 0;
}
