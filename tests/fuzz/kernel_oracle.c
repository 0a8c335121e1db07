/*
 * What must hold of the whole machine between kernel entries, found out from the outside: every
 * slot that can be reached, the objects they name, what VSpaces map, what threads may hold. Adds to
 * kernel_check, which follows the model's own structures.
 *
 * CNodes stay known until their memory is zeroed, so a CNode whose only capability lies in itself
 * is still seen. An object that was known and is named by no slot any more has ended: its memory is
 * poisoned, and whatever still refers to it runs into that.
 */
#include "kernel_world.h"

#include <stdlib.h>
#include <string.h>

#include "base/processor.h"
#include "kernel/mdb.h"
#include "kernel/thread.h"
#include "kernel/vspace/tables.h"

#define MAX_SLOTS   16384
#define HASH_SIZE   (4 * MAX_SLOTS)
#define MAX_NODES   2048
#define MAX_OBJECTS 8192
#define MAX_LEAVES  1024
#define MAX_MIRRORS 8

struct object {
    paddr start;
    uint8_t bits, type; /* type: enum cap_type */
    bool is_device;
};

struct node {
    paddr slots;
    uint64_t count;
};

/* A mapping, or the claim of a frame capability to one. */
struct leaf {
    paddr pml4;
    uint64_t vaddr, entry;
    unsigned level;
};

/* What the engine believes of one VSpace. */
struct mirror {
    uint32_t host; /* 0: unused */
    paddr pml4;
    unsigned count;
    struct leaf leaf[MAX_LEAVES];
};

static struct {
    uint64_t hash[HASH_SIZE]; /* what was visited in this check: key and check's number */
    uint32_t hash_check[HASH_SIZE], check;
    unsigned slot_count, node_count, claim_count, object_count, known_count, leaf_count;
    paddr slot[MAX_SLOTS]; /* those with a capability */
    struct node node[MAX_NODES];
    struct leaf claim[MAX_LEAVES], leaf[MAX_LEAVES];
    struct object object[MAX_OBJECTS], known[MAX_OBJECTS];
    struct mirror mirror[MAX_MIRRORS];
    uint32_t last_host;
    bool too_much; /* tables were too small: this check proves nothing about ended objects */
} o;

void oracle_reset(void)
{
    o.node_count = o.known_count = o.last_host = 0;
    for (unsigned i = 0; i < MAX_MIRRORS; i++)
        o.mirror[i].host = 0;
}

static bool overlap(paddr a, uint64_t a_size, paddr b, uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

void oracle_memory_zeroed(paddr start, uint64_t size)
{
    for (unsigned i = 0; i < o.node_count;)
        if (overlap(start, size, o.node[i].slots, o.node[i].count << SLOT_BITS))
            o.node[i] = o.node[--o.node_count];
        else
            i++;
}

/* ------------------------------------------------------------------ slots and objects */

/* True the first time in a check. */
static bool visit(uint64_t key)
{
    uint64_t at = key * 0x9e3779b97f4a7c15ull >> 48;

    for (;; at++) {
        at %= HASH_SIZE;
        if (o.hash_check[at] != o.check) {
            o.hash_check[at] = o.check;
            o.hash[at] = key;
            return true;
        }
        if (o.hash[at] == key)
            return false;
    }
}

static void add_slot(struct kernel *k, paddr slot)
{
    if (slot < WORLD_RAM_START || slot > WORLD_RAM - sizeof(struct cte) || slot % 32)
        world_fail("a slot at %#lx", slot);
    if (cte_at(k, slot)->cap.type == CAP_NULL || !visit(slot))
        return;
    if (o.slot_count < MAX_SLOTS)
        o.slot[o.slot_count++] = slot;
    else
        o.too_much = true;
}

static void add_slots(struct kernel *k, paddr slots, uint64_t count)
{
    if (!visit(slots | 1))
        return;
    for (uint64_t i = 0; i < count; i++)
        add_slot(k, slots + (i << SLOT_BITS));
}

static void know_node(paddr slots, uint64_t count)
{
    for (unsigned i = 0; i < o.node_count; i++)
        if (o.node[i].slots == slots)
            return;
    if (o.node_count < MAX_NODES)
        o.node[o.node_count++] = (struct node){slots, count};
    else
        o.too_much = true;
}

static void add_object(struct kernel *k, struct cap cap)
{
    if (!cap_is_physical(k, cap) || cap.type == CAP_UNTYPED)
        return;
    if (o.object_count == MAX_OBJECTS) {
        o.too_much = true;
        return;
    }
    o.object[o.object_count++] = (struct object){
        .start = cap.obj,
        .bits = (uint8_t)cap_size_bits(k, cap),
        .type = cap.type,
        .is_device = cap.type == CAP_FRAME && cap.frame.is_device,
    };
}

static void add_claim(struct kernel *k, struct cap cap)
{
    if (cap.frame.map != FRAME_MAPPED_VSPACE)
        return;
    if (o.claim_count == MAX_LEAVES) {
        o.too_much = true;
        return;
    }
    o.claim[o.claim_count++] = (struct leaf){
        .pml4 = vspace_of_asid(k, cap.frame.asid),
        .vaddr = cap.frame.vaddr,
        .entry = cap.obj | (cap.frame.rights == VM_READ_WRITE ? PTE_WRITE : 0) |
                 (cap.frame.rights != VM_KERNEL_ONLY ? PTE_USER : 0),
        .level = frame_bits(cap),
    };
}

static void follow(struct kernel *k, paddr slot)
{
    struct cte *cte = cte_at(k, slot);
    struct cap cap = cte->cap;

    if (cte->mdb.prev)
        add_slot(k, cte->mdb.prev);
    if (cte->mdb.next)
        add_slot(k, cte->mdb.next);
    add_object(k, cap);
    if (cap.type == CAP_FRAME)
        add_claim(k, cap);
    if (cap.type == CAP_CNODE) {
        add_slots(k, cap.obj, BIT(cap.cnode.radix));
        know_node(cap.obj, BIT(cap.cnode.radix));
    } else if (cap.type == CAP_ZOMBIE) {
        uint64_t count = cap.zombie.is_tcb ? TCB_SLOT_COUNT : BIT(cap.zombie.radix);
        if (cap.zombie.count > count)
            world_fail("a zombie of more slots than it ever had");
        add_slots(k, cap.obj, count);
    } else if (cap.type == CAP_THREAD) {
        add_slots(k, cap.obj, TCB_SLOT_COUNT);
        know_node(cap.obj, TCB_SLOT_COUNT);
    }
}

static int by_start(const void *a, const void *b)
{
    const struct object *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return (int)x->bits - (int)y->bits;
}

/* Objects are disjoint; copies of a capability name the same one. Leaves each object once. */
static void sort_objects(void)
{
    unsigned count = 0;

    qsort(o.object, o.object_count, sizeof(o.object[0]), by_start);
    for (unsigned i = 0; i < o.object_count; i++) {
        const struct object *b = &o.object[i], *a = &o.object[count ? count - 1 : 0];
        if (count && a->start == b->start && a->bits == b->bits && a->type == b->type &&
            a->is_device == b->is_device)
            continue;
        if (count && a->start + BIT(a->bits) > b->start)
            world_fail("objects overlap: type %u at %#lx and type %u at %#lx", a->type, a->start,
                       b->type, b->start);
        o.object[count++] = *b;
    }
    o.object_count = count;
}

static const struct object *find_object(paddr start)
{
    unsigned low = 0, high = o.object_count;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (o.object[middle].start < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low < o.object_count ? &o.object[low] : NULL;
}

static bool is_object(paddr start, unsigned type)
{
    const struct object *found = find_object(start);

    return found && found->start == start && found->type == type;
}

/* What an untyped may still give out holds no object. */
static void check_watermark(const struct cap *cap)
{
    const struct object *next = find_object(cap->obj + cap->untyped.free);

    if (cap->untyped.free > BIT(cap->untyped.size_bits))
        world_fail("an untyped's watermark is beyond it");
    if (next && next->start < cap->obj + BIT(cap->untyped.size_bits))
        world_fail("an object at %#lx lies above the watermark %#lx of an untyped at %#lx",
                   next->start, (uint64_t)cap->untyped.free, (uint64_t)cap->obj);
}

/* ------------------------------------------------------------------ the end of objects */

static void check_node(struct kernel *k, const struct node *node)
{
    if (is_object(node->slots, CAP_CNODE) || is_object(node->slots, CAP_THREAD) ||
        is_object(node->slots, CAP_ZOMBIE))
        return;
    for (uint64_t i = 0; i < node->count; i++)
        if (cte_at(k, node->slots + (i << SLOT_BITS))->cap.type != CAP_NULL)
            world_fail("slot %lu of what has ended at %#lx is not empty", i, node->slots);
}

static void forget_nodes(struct kernel *k)
{
    for (unsigned i = 0; i < o.node_count;) {
        check_node(k, &o.node[i]);
        if (is_object(o.node[i].slots, CAP_CNODE) || is_object(o.node[i].slots, CAP_THREAD) ||
            is_object(o.node[i].slots, CAP_ZOMBIE))
            i++;
        else
            o.node[i] = o.node[--o.node_count];
    }
}

static void poison_ended(struct kernel *k)
{
    unsigned live = 0;

    for (unsigned i = 0; i < o.known_count; i++) {
        const struct object *old = &o.known[i];
        while (live < o.object_count &&
               o.object[live].start + BIT(o.object[live].bits) <= old->start)
            live++;
        if (live < o.object_count && o.object[live].start < old->start + BIT(old->bits))
            continue;
        if (!old->is_device)
            world_poison(k, old->start, BIT(old->bits));
    }
    memcpy(o.known, o.object, o.object_count * sizeof(o.object[0]));
    o.known_count = o.object_count;
}

/* ------------------------------------------------------------------ VSpaces */

static void add_leaf(paddr pml4, uint64_t vaddr, unsigned level, uint64_t entry)
{
    if (o.leaf_count == MAX_LEAVES) {
        o.too_much = true;
        return;
    }
    o.leaf[o.leaf_count++] =
        (struct leaf){.pml4 = pml4, .vaddr = vaddr, .entry = entry, .level = level};
}

static void walk_table(struct kernel *k, paddr pml4, paddr table, uint64_t vaddr, unsigned level)
{
    static const uint8_t below[] = {
        [LEVEL_PML4] = CAP_PDPT, [LEVEL_PDPT] = CAP_PAGE_DIRECTORY, [LEVEL_PD] = CAP_PAGE_TABLE};
    const uint64_t *entry = kernel_at(k, table);

    for (unsigned i = 0; i < (level == LEVEL_PML4 ? 256 : 512); i++) {
        uint64_t at = vaddr + ((uint64_t)i << level);
        if (!(entry[i] & PTE_PRESENT))
            continue;
        if (entry_is_frame(entry[i], level)) {
            add_leaf(pml4, at, level, entry[i]);
            continue;
        }
        paddr next = entry[i] & PTE_ADDR_MASK;
        if (!is_object(next, below[level]))
            world_fail("an entry for %#lx names %#lx, which is no such table", at, next);
        walk_table(k, pml4, next, at, level - LEVEL_STEP);
    }
}

/* What users can reach is theirs: some capability to that frame says that it is mapped there. */
static void check_leaf(const struct leaf *leaf)
{
    paddr frame = entry_frame(leaf->entry, leaf->level);
    uint64_t rights = leaf->entry & (PTE_WRITE | PTE_USER);

    for (unsigned i = 0; i < o.claim_count; i++) {
        const struct leaf *c = &o.claim[i];
        if (c->pml4 == leaf->pml4 && c->vaddr == leaf->vaddr && c->level == leaf->level &&
            (c->entry & PTE_ADDR_MASK) == frame && (!(rights & PTE_USER) || !(rights & ~c->entry)))
            return;
    }
    world_fail("%#lx maps %#lx with rights %#lx, as no capability allows", leaf->vaddr, frame,
               rights);
}

static void check_vspaces(struct kernel *k)
{
    for (unsigned asid = 0; asid < ASID_COUNT; asid++) {
        paddr pool = k->asid_table[asid >> ASID_INDEX_BITS];
        if (pool && asid % BIT(ASID_INDEX_BITS) == 0 && !is_object(pool, CAP_ASID_POOL))
            world_fail("the ASID pool at %#lx has ended", pool);
        if (!pool) {
            asid |= MASK(ASID_INDEX_BITS);
            continue;
        }
        paddr pml4 = vspace_of_asid(k, asid);
        if (!pml4)
            continue;
        if (!is_object(pml4, CAP_PML4) || pml4_at(k, pml4)->shadow.asid != asid)
            world_fail("ASID %u belongs to %#lx, which is no PML4 of that ASID", asid, pml4);
        o.leaf_count = 0;
        walk_table(k, pml4, pml4, 0, LEVEL_PML4);
        for (unsigned i = 0; i < o.leaf_count && !o.too_much; i++)
            check_leaf(&o.leaf[i]);
    }
}

/* ------------------------------------------------------------------ engines */

static struct mirror *mirror_of(uint32_t host)
{
    for (unsigned i = 0; i < MAX_MIRRORS; i++)
        if (o.mirror[i].host == host)
            return &o.mirror[i];
    return NULL;
}

void oracle_vspace_gone(uint32_t host)
{
    if (host == 0 || host > o.last_host)
        world_fail("VSpace %u is gone, which never was", host);
    struct mirror *m = mirror_of(host);
    if (m)
        m->host = 0;
}

static bool is_noted(const struct vspace_shadow *s, const struct leaf *leaf)
{
    for (uint32_t i = 0; i < s->pending; i++)
        if (s->range[i].start <= leaf->vaddr && leaf->vaddr + BIT(leaf->level) <= s->range[i].end)
            return true;
    return s->flush_all;
}

/* Leaves of `a` that are not in `b` must have been noted. */
static void check_noted(const struct vspace_shadow *s, const struct leaf *a, unsigned a_count,
                        const struct leaf *b, unsigned b_count)
{
    for (unsigned i = 0; i < a_count; i++) {
        bool same = false;
        for (unsigned j = 0; j < b_count && !same; j++)
            same = a[i].vaddr == b[j].vaddr && a[i].level == b[j].level && a[i].entry == b[j].entry;
        if (!same && !is_noted(s, &a[i]))
            world_fail("the mapping of %#lx changed, and the engine is not told", a[i].vaddr);
    }
}

void world_sync(struct kernel *k, paddr pml4)
{
    struct vspace_shadow *s = &pml4_at(k, pml4)->shadow;
    struct mirror *m = s->host ? mirror_of(s->host) : mirror_of(0);

    if (!m)
        return;
    world_check(k);
    o.leaf_count = 0;
    walk_table(k, pml4, pml4, 0, LEVEL_PML4);
    if (o.too_much)
        return;
    if (s->pending > PENDING_RANGES)
        world_fail("too many changed ranges");
    if (s->host) {
        if (m->pml4 != pml4)
            world_fail("two VSpaces are one to the engine");
        check_noted(s, m->leaf, m->count, o.leaf, o.leaf_count);
        check_noted(s, o.leaf, o.leaf_count, m->leaf, m->count);
    } else {
        s->host = ++o.last_host;
    }
    m->host = s->host;
    m->pml4 = pml4;
    m->count = o.leaf_count;
    memcpy(m->leaf, o.leaf, o.leaf_count * sizeof(o.leaf[0]));
    s->pending = 0;
    s->flush_all = false;
}

/* ------------------------------------------------------------------ interrupts, I/O ports */

/* What is taken is so by some capability. */
static void check_owned(struct kernel *k)
{
    static uint64_t ports[65536 / 64];
    bool irqs[IRQ_COUNT] = {false};

    memset(ports, 0, sizeof(ports));
    for (unsigned i = 0; i < o.slot_count; i++) {
        struct cap cap = cte_at(k, o.slot[i])->cap;
        if (cap.type == CAP_IRQ_HANDLER)
            irqs[cap.irq_handler.irq] = true;
        for (unsigned p = cap.io_port.first; cap.type == CAP_IO_PORT && p <= cap.io_port.last; p++)
            ports[p / 64] |= BIT(p % 64);
    }
    if (memcmp(ports, k->io_ports, sizeof(ports)) != 0)
        world_fail("I/O ports are taken by no capability");
    for (unsigned i = 0; i < IRQ_COUNT; i++) {
        struct cap cap = cte_at(k, k->irq_node + (i << SLOT_BITS))->cap;
        if ((k->irq[i].state == IRQ_SIGNAL) != irqs[i] || (cap.type != CAP_NULL && !irqs[i]))
            world_fail("interrupt %u is taken by no capability", i);
    }
}

/* ------------------------------------------------------------------ all of it */

static void check_thread(struct kernel *k, paddr tcb)
{
    const struct user_regs *r = &kernel_tcb(k, tcb)->regs;
    word flags = RFLAGS_ONE | RFLAGS_IF;

    if (!is_object(tcb, CAP_THREAD))
        world_fail("a thread at %#lx has no capability left", tcb);
    if (!processor_has_address(r->rip) || !processor_has_address(r->fault_ip) ||
        !processor_has_address(r->fs_base) || !processor_has_address(r->gs_base))
        world_fail("a thread's register holds an address that faults in the kernel");
    if ((r->rflags & flags) != flags || r->rflags & ~(RFLAGS_USER | RFLAGS_RF))
        world_fail("a thread has flags %#lx", r->rflags);
    if (!memchr(kernel_tcb(k, tcb)->name, 0, THREAD_NAME_SIZE))
        world_fail("a thread's name has no end");
}

/*
 * The thread that runs is one of the current domain, and none that is ready goes before it; but a
 * thread that is moved to the current domain waits, whatever its priority, for the next decision.
 */
static void check_current(struct kernel *k)
{
    const struct tcb *t = k->current ? kernel_current(k) : NULL;

    if (t && (!thread_is_runnable(t) || t->domain != k->current_domain))
        world_fail("the current thread can't run");
    if (k->config.num_domains > 1)
        return;
    for (unsigned p = t ? t->priority + 1 : 0; p < PRIORITY_COUNT; p++)
        if (k->ready[k->current_domain].queue[p].head)
            world_fail("a thread of priority %u is ready and does not run", p);
}

static void collect(struct kernel *k)
{
    o.check++;
    o.slot_count = o.object_count = o.claim_count = 0;
    o.too_much = false;
    add_slots(k, k->irq_node, IRQ_COUNT);
    for (paddr t = k->all_threads; t; t = kernel_tcb(k, t)->all_next)
        add_slots(k, t, TCB_SLOT_COUNT);
    for (unsigned i = 0; i < o.node_count; i++)
        add_slots(k, o.node[i].slots, o.node[i].count);
    for (unsigned i = 0; i < o.slot_count; i++)
        follow(k, o.slot[i]);
}

void world_check(struct kernel *k)
{
    const char *wrong = kernel_check(k);

    if (wrong)
        world_fail("%s", wrong);
    world_check_host(k);
    collect(k);
    if (o.too_much)
        return;
    sort_objects();
    for (unsigned i = 0; i < o.slot_count; i++)
        if (cte_at(k, o.slot[i])->cap.type == CAP_UNTYPED)
            check_watermark(&cte_at(k, o.slot[i])->cap);
    forget_nodes(k);
    for (paddr t = k->all_threads; t; t = kernel_tcb(k, t)->all_next)
        check_thread(k, t);
    check_current(k);
    poison_ended(k);
    check_owned(k);
    check_vspaces(k);
}
