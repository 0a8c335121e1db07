/*
 * The things of a picture: finding them by what they are, and filling the slots of containers.
 *
 * The list of things is also the queue of containers still to be looked into. A slot's capability
 * is copied once; whatever it claims is then looked up by the copy.
 */
#include "view/picture.h"

#define TABLE_START 4096

static uint64_t hash(unsigned type, uint64_t at)
{
    return (at ^ (uint64_t)type << 58) * 0x9e3779b97f4a7c15ull;
}

static uint32_t *place_in_table(const struct picture *p, uint64_t hashed, uint32_t step)
{
    uint32_t size = p->table.count;

    return LIST_AT(uint32_t, &p->table, (uint32_t)((hashed >> 32) + step) & (size - 1));
}

static void put_in_table(struct picture *p, uint32_t index)
{
    const struct thing *t = thing_at(p, index);
    uint64_t hashed = hash(t->type, t->at);
    uint32_t step = 0;

    while (*place_in_table(p, hashed, step) != 0)
        step++;
    *place_in_table(p, hashed, step) = index + 1;
}

static bool grow_table(struct picture *p)
{
    uint32_t size = p->table.count ? 2 * p->table.count : TABLE_START;

    if (p->table.count >= 2ull * p->things.count + 2)
        return true;
    list_free(&p->table);
    if (!list_fill(&p->table, sizeof(uint32_t), size))
        return false;
    for (uint32_t i = 0; i < p->things.count; i++)
        put_in_table(p, i);
    return true;
}

/* bits NONE: of any size */
static uint32_t find(const struct picture *p, unsigned type, uint64_t at, unsigned bits)
{
    uint64_t hashed = hash(type, at);
    uint32_t found;

    if (p->table.count == 0)
        return NONE;
    for (uint32_t step = 0; (found = *place_in_table(p, hashed, step)) != 0; step++) {
        const struct thing *t = thing_at(p, found - 1);

        if (t->type == type && t->at == at && (bits == NONE || t->bits == bits))
            return found - 1;
    }
    return NONE;
}

uint32_t picture_find(const struct picture *p, unsigned type, uint64_t at)
{
    return find(p, type, at, NONE);
}

uint32_t picture_find_sized(const struct picture *p, unsigned type, uint64_t at, unsigned bits)
{
    return find(p, type, at, bits);
}

uint32_t picture_add_thing(struct picture *p, unsigned type, uint64_t at, unsigned bits)
{
    uint32_t index = find(p, type, at, bits);
    struct thing *t;

    if (index != NONE)
        return index;
    t = grow_table(p) ? list_add(&p->things, sizeof *t) : NULL;
    if (t == NULL) {
        p->no_memory = true;
        return NONE;
    }
    *t = (struct thing){.at = at,
                        .type = (uint8_t)type,
                        .bits = (uint8_t)bits,
                        .first_cap = NONE,
                        .thread = NONE,
                        .parent = NONE,
                        .first_reach = NONE};
    put_in_table(p, p->things.count - 1);
    return p->things.count - 1;
}

/* ------------------------------------------------------------------ what a capability names */

static unsigned size_bits(const struct kernel *k, struct cap cap)
{
    switch (cap.type) {
    case CAP_UNTYPED:
        return cap.untyped.size_bits;
    case CAP_ENDPOINT:
        return ENDPOINT_BITS;
    case CAP_NOTIFICATION:
        return k->abi.notification_bits & 63;
    case CAP_REPLY:
        return REPLY_BITS;
    case CAP_CNODE:
        return cap.cnode.radix < 58 ? cap.cnode.radix + SLOT_BITS : 63;
    case CAP_THREAD:
        return k->abi.tcb_bits & 63;
    case CAP_ZOMBIE:
        return cap.zombie.is_tcb       ? k->abi.tcb_bits & 63
               : cap.zombie.radix < 58 ? (unsigned)cap.zombie.radix + SLOT_BITS
                                       : 63;
    case CAP_SCHED_CONTEXT:
        return cap.sched_context.size_bits;
    case CAP_FRAME:
        return cap.frame.size == FRAME_4K   ? PAGE_BITS
               : cap.frame.size == FRAME_2M ? LARGE_BITS
                                            : HUGE_BITS;
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
    case CAP_PML4:
    case CAP_ASID_POOL:
        return TABLE_BITS;
    default:
        return 0;
    }
}

static bool names_device(struct cap cap)
{
    return (cap.type == CAP_UNTYPED && cap.untyped.is_device) ||
           (cap.type == CAP_FRAME && cap.frame.is_device);
}

/* Its address, or what stands for that, and its size. */
static uint64_t identify(const struct kernel *k, struct cap cap, unsigned *type, unsigned *bits)
{
    *bits = size_bits(k, cap);
    *type = cap.type;
    switch (cap.type) {
    case CAP_IRQ_HANDLER:
        return cap.irq_handler.irq;
    case CAP_SCHED_CONTROL:
        return cap.sched_control.core;
    case CAP_ZOMBIE:
        *type = cap.zombie.is_tcb ? THING_TCB_ZOMBIE : CAP_ZOMBIE;
        return cap.obj;
    case CAP_IO_PORT:
        return (uint64_t)cap.io_port.first << 16 | cap.io_port.last;
    case CAP_REPLY:
        if (!k->config.mcs) {
            *type = CAP_THREAD;
            *bits = k->abi.tcb_bits & 63;
        }
        return cap.obj;
    default:
        return *bits ? cap.obj : 0;
    }
}

uint32_t picture_find_cap(const struct picture *p, struct cap cap)
{
    unsigned type, bits;
    uint64_t at = identify(&p->k, cap, &type, &bits);

    return find(p, type, at, bits);
}

static uint32_t add_thing_of(struct picture *p, struct cap cap)
{
    unsigned type, bits;
    uint64_t at = identify(&p->k, cap, &type, &bits);
    uint32_t index = picture_add_thing(p, type, at, bits);

    if (index != NONE)
        thing_at(p, index)->is_device |= names_device(cap);
    return index;
}

/* ------------------------------------------------------------------ slots */

static bool add_held(struct picture *p, uint32_t place, uint32_t slot, struct cap cap)
{
    uint32_t thing = add_thing_of(p, cap);
    struct held *h =
        thing == NONE || p->held.count >= MAX_SLOTS ? NULL : list_add(&p->held, sizeof *h);

    if (h == NULL) {
        p->is_cut = true;
        return false;
    }
    *h = (struct held){.cap = cap, .place = place, .index = slot, .thing = thing, .next = NONE};
    thing_at(p, place)->held_count++;
    return true;
}

static uint64_t slot_count(const struct thing *t)
{
    switch (t->type) {
    case CAP_CNODE:
        return BIT(t->bits - SLOT_BITS);
    case CAP_ZOMBIE:
        return BIT(t->bits - SLOT_BITS);
    case THING_TCB_ZOMBIE:
        return TCB_SLOT_COUNT;
    case CAP_THREAD:
        return t->thread == NONE ? 0 : TCB_SLOT_COUNT; /* of the others the kernel knows nothing */
    case THING_IRQ_SLOTS:
        return IRQ_COUNT;
    default:
        return 0;
    }
}

/* How many slots from `at` on may be read without a look at each: those of one page. */
static uint64_t slots_at_once(paddr at, uint64_t left)
{
    uint64_t here = (BIT(PAGE_BITS) - (at & MASK(PAGE_BITS))) >> SLOT_BITS;

    return here == 0 ? 1 : here < left ? here : left;
}

static void scan(struct picture *p, uint32_t place)
{
    struct thing *t = thing_at(p, place);
    uint64_t count = slot_count(t),
             room = memory_has(&p->subject, t->at, 0) ? (p->subject.ram - t->at) >> SLOT_BITS : 0;
    paddr at = t->at;

    t->first_held = p->held.count;
    p->is_cut |= count > room;
    count = count < room ? count : room;
    for (uint64_t i = 0; i < count;) {
        uint64_t end = i + slots_at_once(at + (i << SLOT_BITS), count - i);

        if (!memory_is_used(&p->subject, at + (i << SLOT_BITS)))
            i = end;
        for (; i < end; i++) {
            struct cte cte;

            memory_read(&p->subject, at + (i << SLOT_BITS), &cte, sizeof cte);
            if (p->budget == 0 ||
                (cte.cap.type != CAP_NULL && !add_held(p, place, (uint32_t)i, cte.cap))) {
                p->is_cut = true;
                return;
            }
            p->budget--;
        }
    }
}

/* Chains the capabilities to each thing, in the order in which they were found. */
static void chain(struct picture *p)
{
    for (uint32_t i = p->held.count; i > 0; i--) {
        struct held *h = held_at(p, i - 1);
        struct thing *t = thing_at(p, h->thing);

        h->next = t->first_cap;
        t->first_cap = i - 1;
        t->cap_count++;
    }
}

void picture_add_slots(struct picture *p)
{
    if (p->k.irq_node != 0)
        picture_add_thing(p, THING_IRQ_SLOTS, p->k.irq_node, 0);
    for (uint32_t i = 0; i < p->things.count && !p->no_memory; i++)
        scan(p, i);
    chain(p);
}
