/*
 * capDL: the objects, the capabilities in their slots, page tables as what they map, and which
 * interrupt is which. What the language has no word for (a right to grant replies only, control
 * over I/O ports) is a comment.
 */
#include "view/export.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PAGE_ENTRIES 512

enum { LEVEL_PT = 12, LEVEL_PD = 21, LEVEL_PDPT = 30, LEVEL_PML4 = 39 };

/* ------------------------------------------------------------------ names */

/*
 * Identifiers begin with a letter and have letters, digits, '_', '@', '.' and '-', of which two
 * would begin a comment. A name that had others in it gets its address, so that none are the same.
 */
static const char *identifier(const struct picture *p, uint32_t thing, char name[NAME_SIZE])
{
    char plain[NAME_SIZE], suffix[24];
    size_t length, tail;
    bool changed = false;

    name_of(p, thing, plain);
    for (char *c = plain; *c != '\0'; c++) {
        if (isalnum((unsigned char)*c) || strchr("_@.", *c) != NULL ||
            (*c == '-' && c != plain && c[-1] != '-'))
            continue;
        *c = '_';
        changed = true;
    }
    changed |= !isalpha((unsigned char)plain[0]) || strcmp(plain, "objects") == 0 ||
               strcmp(plain, "caps") == 0;
    snprintf(suffix, sizeof suffix, "@%llx", (unsigned long long)thing_at(p, thing)->at);
    length = strlen(plain);
    tail = strlen(suffix);
    if (length >= tail && strcmp(plain + length - tail, suffix) == 0)
        suffix[0] = '\0';
    snprintf(name, NAME_SIZE, "%s%.*s%s", isalpha((unsigned char)plain[0]) ? "" : "t_",
             NAME_SIZE - 32, plain, changed ? suffix : "");
    return name;
}

/* ------------------------------------------------------------------ objects */

static const char *type_of(const struct picture *p, const struct thing *x)
{
    static const char *const types[] = {
        [CAP_UNTYPED] = "ut",
        [CAP_ENDPOINT] = "ep",
        [CAP_NOTIFICATION] = "notification",
        [CAP_REPLY] = "rtreply",
        [CAP_CNODE] = "cnode",
        [CAP_THREAD] = "tcb",
        [CAP_IRQ_HANDLER] = "irq",
        [CAP_SCHED_CONTEXT] = "sc",
        [CAP_FRAME] = "frame",
        [CAP_PAGE_TABLE] = "pt",
        [CAP_PAGE_DIRECTORY] = "pd",
        [CAP_PDPT] = "pdpt",
        [CAP_PML4] = "pml4",
        [CAP_ASID_POOL] = "asid_pool",
        [CAP_IO_PORT] = "io_ports",
    };

    if (x->type == CAP_IRQ_HANDLER && x->at < IRQ_COUNT)
        return p->k.irq[x->at].source == IRQ_SOURCE_IOAPIC ? "ioapic_irq"
               : p->k.irq[x->at].source == IRQ_SOURCE_MSI  ? "msi_irq"
                                                           : "irq";
    return x->type < sizeof types / sizeof types[0] ? types[x->type] : NULL;
}

static void put_tcb(const struct picture *p, struct text *t, const struct thing *x)
{
    const struct tcb *tcb;

    if (x->thread == NONE)
        return;
    tcb = &thread_at(p, x->thread)->tcb;
    text_put(t, " (addr: 0x%llx, ip: 0x%llx, sp: 0x%llx, prio: %u, max_prio: %u, dom: %u",
             (unsigned long long)tcb->ipc_buffer, (unsigned long long)tcb->regs.rip,
             (unsigned long long)tcb->regs.rsp, tcb->priority, tcb->mcp, tcb->domain);
    if (tcb->fault_handler != 0)
        text_put(t, ", fault_ep: 0x%llx", (unsigned long long)tcb->fault_handler);
    text_put(t, ")");
}

static void put_irq(const struct picture *p, struct text *t, uint64_t number)
{
    const struct irq *irq = number < IRQ_COUNT ? &p->k.irq[number] : NULL;

    if (irq != NULL && irq->source == IRQ_SOURCE_IOAPIC)
        text_put(t, " (ioapic_num: %u, ioapic_pin: %u, ioapic_level: %u, ioapic_polarity: %u)",
                 irq->ioapic, irq->pin, irq->level, irq->polarity);
    else if (irq != NULL && irq->source == IRQ_SOURCE_MSI)
        text_put(t, " (msi_handle: %u, msi_pci_bus: %u, msi_pci_dev: %u, msi_pci_fun: %u)",
                 irq->handle, irq->bus, irq->device, irq->function);
}

static void put_context(const struct picture *p, struct text *t, const struct thing *x)
{
    struct sched_context sc;

    text_put(t, " (%u bits", x->bits);
    if (memory_read(&p->subject, x->at, &sc, sizeof sc))
        text_put(t, ", period: %llu, data: 0x%llx", (unsigned long long)(sc.period / 1000),
                 (unsigned long long)sc.badge);
    text_put(t, ")");
}

static void put_parameters(const struct picture *p, struct text *t, const struct thing *x)
{
    switch (x->type) {
    case CAP_UNTYPED:
        text_put(t, " (%u bits, paddr: 0x%llx)", x->bits, (unsigned long long)x->at);
        break;
    case CAP_CNODE:
        text_put(t, " (%u bits)", x->bits - SLOT_BITS);
        break;
    case CAP_FRAME:
        text_put(t, " (%lluk, paddr: 0x%llx)", 1ull << (x->bits - 10), (unsigned long long)x->at);
        break;
    case CAP_THREAD:
        put_tcb(p, t, x);
        break;
    case CAP_IRQ_HANDLER:
        put_irq(p, t, x->at);
        break;
    case CAP_SCHED_CONTEXT:
        put_context(p, t, x);
        break;
    case CAP_IO_PORT:
        text_put(t, " (ports: [0x%llx..0x%llx])", (unsigned long long)(x->at >> 16),
                 (unsigned long long)(x->at & 0xffff));
        break;
    default:
        break;
    }
}

/* The objects that an untyped covers directly. `place` is its place in the order. */
static void put_covered(const struct picture *p, struct text *t, uint32_t place)
{
    uint32_t untyped = *LIST_AT(uint32_t, &p->order, place);
    paddr last = thing_at(p, untyped)->at + MASK(thing_at(p, untyped)->bits);
    char name[NAME_SIZE];

    text_line(t, " {");
    for (uint32_t i = place + 1; i < p->order.count; i++) {
        uint32_t thing = *LIST_AT(uint32_t, &p->order, i);

        if (thing_at(p, thing)->at > last)
            break;
        if (thing_at(p, thing)->parent == untyped && type_of(p, thing_at(p, thing)) != NULL)
            text_line(t, "    %s", identifier(p, thing, name));
    }
    text_line(t, "  }");
}

static void put_objects(const struct picture *p, struct text *t)
{
    char name[NAME_SIZE];

    text_line(t, "objects {");
    for (uint32_t i = 0; i < p->things.count; i++) {
        const struct thing *x = thing_at(p, i);

        if (type_of(p, x) == NULL || x->type == CAP_UNTYPED)
            continue;
        text_put(t, "  %s = %s", identifier(p, i, name), type_of(p, x));
        put_parameters(p, t, x);
        text_put(t, "\n");
    }
    for (uint32_t i = 0; i < p->order.count; i++) {
        uint32_t thing = *LIST_AT(uint32_t, &p->order, i);

        if (thing_at(p, thing)->type != CAP_UNTYPED)
            continue;
        text_put(t, "  %s = ut", identifier(p, thing, name));
        put_parameters(p, t, thing_at(p, thing));
        put_covered(p, t, i);
    }
    text_line(t, "}");
}

/* ------------------------------------------------------------------ capabilities */

static void put_rights(struct text *t, bool read, bool write, bool grant, word badge)
{
    if (read || write || grant)
        text_put(t, " (%s%s%s%s", read ? "R" : "", write ? "W" : "", grant ? "G" : "",
                 badge ? "" : ")");
    if (badge != 0)
        text_put(t, "%sbadge: %llu)", read || write || grant ? ", " : " (",
                 (unsigned long long)badge);
}

static void put_cap_parameters(const struct picture *p, struct text *t, struct cap cap)
{
    switch (cap.type) {
    case CAP_ENDPOINT:
        put_rights(t, cap.endpoint.can_receive, cap.endpoint.can_send, cap.endpoint.can_grant,
                   cap.endpoint.badge);
        if (cap.endpoint.can_grant_reply && !cap.endpoint.can_grant)
            text_put(t, " /* grant reply */");
        break;
    case CAP_NOTIFICATION:
        put_rights(t, cap.notification.can_receive, cap.notification.can_send, false,
                   cap.notification.badge);
        break;
    case CAP_CNODE:
        text_put(t, " (guard: 0x%llx, guard_size: %u)", (unsigned long long)cap.cnode.guard,
                 cap.cnode.guard_size);
        break;
    case CAP_FRAME:
        put_rights(t, cap.frame.rights >= VM_READ_ONLY, cap.frame.rights == VM_READ_WRITE, false,
                   0);
        break;
    case CAP_REPLY:
        if (!p->k.config.mcs)
            text_put(t, " (%s)", cap.reply.is_master ? "master_reply" : "reply");
        break;
    case CAP_PML4:
        if (cap.table.is_mapped)
            text_put(t, " (asid: (%u, %u))", cap.table.asid >> ASID_INDEX_BITS,
                     cap.table.asid & (unsigned)MASK(ASID_INDEX_BITS));
        break;
    case CAP_SCHED_CONTROL:
        text_put(t, " (core: %llu)", (unsigned long long)cap.sched_control.core);
        break;
    default:
        break;
    }
}

/* What stands for rights of which there is one. */
static const char *single(unsigned type)
{
    switch (type) {
    case CAP_IRQ_CONTROL:
        return "irq_control";
    case CAP_ASID_CONTROL:
        return "asid_control";
    case CAP_DOMAIN:
        return "domain";
    case CAP_SCHED_CONTROL:
        return "sched_control";
    default:
        return NULL;
    }
}

static void put_slot(const struct picture *p, struct text *t, const char *slot,
                     const struct held *h)
{
    const struct thing *x = thing_at(p, h->thing);
    const char *word_for_it = single(h->cap.type);
    char name[NAME_SIZE];

    if (word_for_it == NULL && type_of(p, x) == NULL) {
        text_line(t, "    /* %s: %s */", slot, kind_of(x));
        return;
    }
    text_put(t, "    %s: %s", slot, word_for_it ? word_for_it : identifier(p, h->thing, name));
    put_cap_parameters(p, t, h->cap);
    text_put(t, "\n");
}

/* Without MCS the last two slots of a TCB, with it reply and caller, are not there. */
static const char *const tcb_slots[] = {
    "cspace",          "vspace",        "reply_slot",        "caller_slot",
    "ipc_buffer_slot", "fault_ep_slot", "temp_fault_ep_slot"};

static void put_held(const struct picture *p, struct text *t, uint32_t place)
{
    const struct thing *x = thing_at(p, place);
    char name[NAME_SIZE], number[24];

    text_line(t, "  %s {", identifier(p, place, name));
    for (uint32_t i = 0; i < x->held_count; i++) {
        const struct held *h = held_at(p, x->first_held + i);

        snprintf(number, sizeof number, "0x%x", h->index);
        put_slot(p, t,
                 x->thread != NONE && h->index < TCB_SLOT_COUNT ? tcb_slots[h->index] : number, h);
    }
    if (x->thread != NONE && thread_at(p, x->thread)->tcb.sched_context != 0) {
        uint32_t sc =
            picture_find(p, CAP_SCHED_CONTEXT, thread_at(p, x->thread)->tcb.sched_context);

        if (sc != NONE)
            text_line(t, "    sc_slot: %s", identifier(p, sc, name));
    }
    text_line(t, "  }");
}

static unsigned level_of(unsigned type)
{
    return type == CAP_PAGE_TABLE       ? LEVEL_PT
           : type == CAP_PAGE_DIRECTORY ? LEVEL_PD
           : type == CAP_PDPT           ? LEVEL_PDPT
                                        : LEVEL_PML4;
}

/* What an entry names: a frame of the level's size, or the structure below. */
static uint32_t entry_thing(const struct picture *p, uint64_t entry, unsigned level)
{
    static const uint8_t below[] = {[1] = CAP_PAGE_TABLE, CAP_PAGE_DIRECTORY, CAP_PDPT};
    unsigned step = (level - LEVEL_PT) / 9;

    if (level == LEVEL_PT || (level < LEVEL_PML4 && (entry & PTE_LARGE)))
        return picture_find_sized(p, CAP_FRAME, entry & PTE_ADDR_MASK & ~MASK(level), level);
    return picture_find(p, below[step], entry & PTE_ADDR_MASK);
}

static void put_entry(const struct picture *p, struct text *t, unsigned i, uint64_t entry,
                      unsigned level)
{
    uint32_t thing = entry_thing(p, entry, level);
    char name[NAME_SIZE];

    if (thing == NONE) {
        text_line(t, "    /* 0x%x: 0x%llx */", i, (unsigned long long)(entry & PTE_ADDR_MASK));
        return;
    }
    text_put(t, "    0x%x: %s", i, identifier(p, thing, name));
    if (thing_at(p, thing)->type == CAP_FRAME)
        put_rights(t, entry & PTE_USER, entry & PTE_WRITE, false, 0);
    text_put(t, "\n");
}

static void put_table(const struct picture *p, struct text *t, uint32_t place)
{
    const struct thing *x = thing_at(p, place);
    unsigned count = x->type == CAP_PML4 ? PAGE_ENTRIES / 2 : PAGE_ENTRIES;
    char name[NAME_SIZE];

    text_line(t, "  %s {", identifier(p, place, name));
    for (unsigned i = 0; i < count; i++) {
        uint64_t entry;

        memory_read(&p->subject, x->at + i * sizeof entry, &entry, sizeof entry);
        if (entry & PTE_PRESENT)
            put_entry(p, t, i, entry, level_of(x->type));
    }
    text_line(t, "  }");
}

static void put_pool(const struct picture *p, struct text *t, uint32_t place)
{
    const struct thing *x = thing_at(p, place);
    char name[NAME_SIZE];

    text_line(t, "  %s {", identifier(p, place, name));
    for (unsigned i = 0; i < BIT(ASID_INDEX_BITS); i++) {
        uint32_t pml4;
        paddr at;

        memory_read(&p->subject, x->at + i * sizeof at, &at, sizeof at);
        pml4 = at == 0 ? NONE : picture_find(p, CAP_PML4, at);
        if (pml4 != NONE)
            text_line(t, "    0x%x: %s", i, identifier(p, pml4, name));
    }
    text_line(t, "  }");
}

/* ------------------------------------------------------------------ interrupts */

static const struct held *notification_of(const struct picture *p, uint64_t irq)
{
    uint32_t slots = picture_find(p, THING_IRQ_SLOTS, p->k.irq_node);

    for (uint32_t i = 0; slots != NONE && i < thing_at(p, slots)->held_count; i++) {
        const struct held *h = held_at(p, thing_at(p, slots)->first_held + i);

        if (h->index == irq)
            return h;
    }
    return NULL;
}

static void put_irq_caps(const struct picture *p, struct text *t, uint32_t place)
{
    const struct held *h = notification_of(p, thing_at(p, place)->at);
    char name[NAME_SIZE];

    text_line(t, "  %s {", identifier(p, place, name));
    if (h != NULL)
        put_slot(p, t, "0x0", h);
    text_line(t, "  }");
}

static void put_caps(const struct picture *p, struct text *t)
{
    text_line(t, "caps {");
    for (uint32_t i = 0; i < p->things.count; i++) {
        const struct thing *x = thing_at(p, i);

        if (x->type == CAP_CNODE || x->thread != NONE)
            put_held(p, t, i);
        else if (x->type == CAP_IRQ_HANDLER)
            put_irq_caps(p, t, i);
        else if (x->type == CAP_ASID_POOL)
            put_pool(p, t, i);
        else if (x->type >= CAP_PAGE_TABLE && x->type <= CAP_PML4)
            put_table(p, t, i);
    }
    text_line(t, "}");
}

bool export_capdl(struct picture *p, struct text *t)
{
    char name[NAME_SIZE];

    if (!picture_order(p))
        return false;
    text_line(t, "arch x86_64");
    if (p->is_cut)
        text_line(t, "/* not everything is here: the state is damaged, or very large */");
    put_objects(p, t);
    put_caps(p, t);
    text_line(t, "irq maps {");
    for (uint32_t i = 0; i < p->things.count; i++) {
        if (thing_at(p, i)->type == CAP_IRQ_HANDLER)
            text_line(t, "  %llu: %s", (unsigned long long)thing_at(p, i)->at,
                      identifier(p, i, name));
    }
    text_line(t, "}");
    return true;
}
