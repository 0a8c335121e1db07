/*
 * JSON, as docs/inspect.schema.json describes it. Addresses, badges and what else has 64 bits are
 * strings in hexadecimal: JSON's numbers are too short. Each element is built and printed by cJSON
 * alone, so a large machine needs no large tree.
 */
#include "view/export.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#include "view/mappings.h"
#include "view/partners.h"

struct json {
    struct picture *p;
    struct text *text;
    uint32_t thread; /* only what concerns it; NONE */
    bool has_section, has_element, failed;
};

/* ------------------------------------------------------------------ framing */

static void begin_section(struct json *j, const char *name, const char *bracket)
{
    text_put(j->text, "%s\n\"%s\": %s", j->has_section ? "," : "", name, bracket);
    j->has_section = true;
    j->has_element = false;
}

static void end_section(struct json *j)
{
    text_put(j->text, "%s]", j->has_element ? "\n" : "");
}

/* Prints the element, and deletes it. */
static void put(struct json *j, cJSON *element)
{
    char *printed = element == NULL ? NULL : cJSON_PrintUnformatted(element);

    j->failed |= printed == NULL;
    for (const char *c = printed; c != NULL && *c != '\0'; c++)
        text_put(j->text, "%c", *c);
    cJSON_free(printed);
    cJSON_Delete(element);
}

static void put_element(struct json *j, cJSON *element)
{
    text_put(j->text, "%s\n  ", j->has_element ? "," : "");
    j->has_element = true;
    put(j, element);
}

/* ------------------------------------------------------------------ parts */

static void add_hex(cJSON *object, const char *name, uint64_t value)
{
    char words[24];

    snprintf(words, sizeof words, "0x%llx", (unsigned long long)value);
    cJSON_AddStringToObject(object, name, words);
}

static void add_number(cJSON *object, const char *name, uint64_t value)
{
    cJSON_AddNumberToObject(object, name, (double)value);
}

static void add_name(const struct json *j, cJSON *object, const char *key, uint32_t thing)
{
    char name[NAME_SIZE];

    if (thing == NONE)
        cJSON_AddNullToObject(object, key);
    else
        cJSON_AddStringToObject(object, key, name_of(j->p, thing, name));
}

static void add_label(const struct json *j, cJSON *array, uint32_t thread)
{
    cJSON_AddItemToArray(array, cJSON_CreateString(thread_at(j->p, thread)->label));
}

/* What a capability says besides its object. */
static void add_cap(const struct json *j, cJSON *o, struct cap cap)
{
    struct thing kind = {.type = cap.type};
    char words[WORDS_SIZE];

    add_name(j, o, "object", picture_find_cap(j->p, cap));
    cJSON_AddStringToObject(o, "type", kind_of(&kind));
    cJSON_AddStringToObject(o, "rights", rights_of(&j->p->k, cap, words));
    add_hex(o, "badge", badge_of(cap));
    if (cap.type == CAP_CNODE) {
        add_hex(o, "guard", cap.cnode.guard);
        add_number(o, "guard_size", cap.cnode.guard_size);
    } else if (cap.type == CAP_FRAME && cap.frame.asid != 0) {
        add_hex(o, "mapped_at", cap.frame.vaddr);
        add_number(o, "asid", cap.frame.asid);
    }
}

/* ------------------------------------------------------------------ threads */

static cJSON *wait_json(struct json *j, uint32_t thread)
{
    const struct tcb *tcb = &thread_at(j->p, thread)->tcb;
    cJSON *o = cJSON_CreateObject(), *array;
    struct partners partners;
    uint32_t thing;
    enum wait_kind kind = wait_of(j->p, thread, &thing);

    partners_find(j->p, thread, &partners);
    add_name(j, o, "object", kind == WAIT_REPLY && !j->p->k.config.mcs ? NONE : thing);
    add_hex(o, "badge", kind == WAIT_SEND ? tcb->blocking_badge : 0);
    cJSON_AddBoolToObject(o, "call", kind == WAIT_SEND && tcb->blocking_is_call);
    array = cJSON_AddArrayToObject(o, "partners");
    for (uint32_t i = 0; i < partners.count && i < PARTNERS_SHOWN; i++)
        add_label(j, array, partners.thread[i]);
    add_number(o, "partner_count", partners.count);
    add_number(o, "ended_partner_count", partners.ended);
    cJSON_AddBoolToObject(o, "by_interrupt", partners.by_interrupt);
    return o;
}

static void add_faults(struct json *j, cJSON *o, uint32_t thread)
{
    const struct tcb *tcb = &thread_at(j->p, thread)->tcb;
    char words[WORDS_SIZE];

    if (tcb->fault.kind != FAULT_NONE)
        cJSON_AddStringToObject(o, "fault", fault_words(&tcb->fault, words));
    else
        cJSON_AddNullToObject(o, "fault");
    if (tcb->failure.kind != FAILURE_NONE && failure_words(j->p, thread, words)[0] != '\0')
        cJSON_AddStringToObject(o, "last_failure", words);
    else
        cJSON_AddNullToObject(o, "last_failure");
}

static cJSON *thread_json(struct json *j, uint32_t thread)
{
    const struct thread *th = thread_at(j->p, thread);
    const struct tcb *tcb = &th->tcb;
    const struct cap *slot[] = {&tcb->slot[TCB_CTABLE].cap, &tcb->slot[TCB_VTABLE].cap,
                                &tcb->slot[TCB_BUFFER].cap};
    static const char *const names[] = {"cspace", "vspace", "ipc_buffer"};
    cJSON *o = cJSON_CreateObject();
    uint32_t thing;

    cJSON_AddStringToObject(o, "id", th->label);
    cJSON_AddStringToObject(o, "name", tcb->name);
    add_hex(o, "address", th->at);
    cJSON_AddStringToObject(o, "state", state_of(j->p, th));
    add_number(o, "priority", tcb->priority);
    add_number(o, "mcp", tcb->mcp);
    add_number(o, "domain", tcb->domain);
    add_hex(o, "ip", tcb->regs.fault_ip);
    add_hex(o, "sp", tcb->regs.rsp);
    for (unsigned i = 0; i < 3; i++)
        add_name(j, o, names[i],
                 slot[i]->type == CAP_NULL ? NONE : picture_find_cap(j->p, *slot[i]));
    add_name(j, o, "bound_notification",
             tcb->bound_notification == 0
                 ? NONE
                 : picture_find(j->p, CAP_NOTIFICATION, tcb->bound_notification));
    add_name(j, o, "scheduling_context",
             tcb->sched_context == 0 ? NONE
                                     : picture_find(j->p, CAP_SCHED_CONTEXT, tcb->sched_context));
    if (wait_of(j->p, thread, &thing) != WAIT_NOT)
        cJSON_AddItemToObject(o, "waits_for", wait_json(j, thread));
    else
        cJSON_AddNullToObject(o, "waits_for");
    add_faults(j, o, thread);
    return o;
}

static void put_threads(struct json *j)
{
    begin_section(j, "threads", "[");
    for (uint32_t i = 0; i < j->p->threads.count; i++) {
        if (j->thread == NONE || j->thread == i)
            put_element(j, thread_json(j, i));
    }
    end_section(j);
}

/* ------------------------------------------------------------------ capabilities */

static cJSON *space_json(struct json *j, uint32_t space)
{
    const struct space *s = space_at(j->p, space);
    cJSON *o = cJSON_CreateObject(), *threads, *cnodes;
    uint32_t thread = s->first_thread;

    add_number(o, "id", space);
    add_name(j, o, "root", picture_find_cap(j->p, s->root));
    add_hex(o, "guard", s->root.cnode.guard);
    add_number(o, "guard_size", s->root.cnode.guard_size);
    threads = cJSON_AddArrayToObject(o, "threads");
    for (; thread != NONE; thread = thread_at(j->p, thread)->next_in_space)
        add_label(j, threads, thread);
    cnodes = cJSON_AddArrayToObject(o, "cnodes");
    for (uint32_t i = 0; i < s->reach_count; i++) {
        const struct reach *r = reach_at(j->p, s->first_reach + i);
        cJSON *c = cJSON_CreateObject();

        add_name(j, c, "cnode", r->cnode);
        add_hex(c, "prefix", r->prefix);
        add_number(c, "shift", r->left);
        cJSON_AddItemToArray(cnodes, c);
    }
    return o;
}

static bool is_place_wanted(const struct json *j, uint32_t place)
{
    const struct thing *t = thing_at(j->p, place);

    if (j->thread == NONE || t->thread == j->thread)
        return true;
    for (uint32_t r = t->first_reach; r != NONE; r = reach_at(j->p, r)->next) {
        if (reach_at(j->p, r)->space == space_of(j->p, j->thread))
            return true;
    }
    return false;
}

static void put_spaces(struct json *j)
{
    begin_section(j, "cspaces", "[");
    for (uint32_t i = 0; i < j->p->spaces.count; i++) {
        if (j->thread == NONE || space_of(j->p, j->thread) == i)
            put_element(j, space_json(j, i));
    }
    end_section(j);
}

static void put_caps(struct json *j)
{
    begin_section(j, "capabilities", "[");
    for (uint32_t i = 0; i < j->p->held.count; i++) {
        const struct held *h = held_at(j->p, i);
        cJSON *o;

        if (!is_place_wanted(j, h->place))
            continue;
        o = cJSON_CreateObject();
        add_name(j, o, "in", h->place);
        add_number(o, "slot", h->index);
        add_cap(j, o, h->cap);
        put_element(j, o);
    }
    end_section(j);
}

/* ------------------------------------------------------------------ objects, and who reaches them
 */

/* A capability in a CNode, for each CSpace that has that. */
static void add_holders(struct json *j, cJSON *array, const struct held *held)
{
    uint32_t r = thing_at(j->p, held->place)->first_reach;
    char words[WORDS_SIZE];

    for (; r != NONE && j->p->looks > 0; r = reach_at(j->p, r)->next) {
        const struct reach *reach = reach_at(j->p, r);
        cJSON *o;

        j->p->looks--;
        if (j->thread != NONE && reach->space != space_of(j->p, j->thread))
            continue;
        o = cJSON_CreateObject();
        add_number(o, "cspace", reach->space);
        add_hex(o, "cptr", reach_address(reach, held->index));
        cJSON_AddStringToObject(o, "rights", rights_of(&j->p->k, held->cap, words));
        add_hex(o, "badge", badge_of(held->cap));
        cJSON_AddItemToArray(array, o);
    }
}

static void put_objects(struct json *j, bool with_holders)
{
    begin_section(j, "objects", "[");
    for (uint32_t i = 0; i < j->p->things.count; i++) {
        const struct thing *t = thing_at(j->p, i);
        cJSON *o = cJSON_CreateObject();

        add_name(j, o, "id", i);
        cJSON_AddStringToObject(o, "type", kind_of(t));
        add_hex(o, "address", t->at);
        add_number(o, "size_bits", t->bits);
        cJSON_AddBoolToObject(o, "device", t->is_device);
        add_name(j, o, "untyped", t->parent);
        add_number(o, "capabilities", t->cap_count);
        if (t->type == CAP_UNTYPED && t->first_cap != NONE)
            add_hex(o, "used", held_at(j->p, t->first_cap)->cap.untyped.free);
        if (with_holders) {
            cJSON *holders = cJSON_AddArrayToObject(o, "holders");

            for (uint32_t c = t->first_cap; c != NONE; c = held_at(j->p, c)->next)
                add_holders(j, holders, held_at(j->p, c));
        }
        put_element(j, o);
    }
    end_section(j);
}

/* ------------------------------------------------------------------ memory */

struct vspace {
    struct json *j;
    uint32_t thing;
};

static void put_mapping(void *context, const struct mapping *m)
{
    const struct vspace *v = context;
    cJSON *o = cJSON_CreateObject();

    add_name(v->j, o, "vspace", v->thing);
    add_hex(o, "start", m->start);
    add_hex(o, "end", m->end);
    add_hex(o, "frame", m->frame);
    add_number(o, "page_bits", m->page_bits);
    cJSON_AddBoolToObject(o, "read", m->user);
    cJSON_AddBoolToObject(o, "write", m->user && m->write);
    cJSON_AddBoolToObject(o, "cached", m->cached);
    cJSON_AddStringToObject(o, "memory", m->is_ram ? "RAM" : "device");
    put_element(v->j, o);
}

static void put_mappings(struct json *j)
{
    uint64_t budget = mappings_budget(j->p);

    begin_section(j, "mappings", "[");
    for (uint32_t i = 0; i < j->p->things.count; i++) {
        struct vspace v = {.j = j, .thing = i};
        struct mappings_visitor visitor = {.context = &v, .mapping = put_mapping};

        if (thing_at(j->p, i)->type != CAP_PML4 ||
            (j->thread != NONE &&
             picture_find_cap(j->p, thread_at(j->p, j->thread)->tcb.slot[TCB_VTABLE].cap) != i))
            continue;
        mappings_walk(j->p, thing_at(j->p, i)->at, &budget, &visitor);
    }
    end_section(j);
}

/* ------------------------------------------------------------------ the machine */

static void put_irqs(struct json *j)
{
    static const char *const sources[] = {[IRQ_SOURCE_FREE] = "none",
                                          [IRQ_SOURCE_IOAPIC] = "IOAPIC",
                                          [IRQ_SOURCE_MSI] = "MSI",
                                          [IRQ_SOURCE_PIC] = "PIC"};
    uint32_t slots = picture_find(j->p, THING_IRQ_SLOTS, j->p->k.irq_node);

    begin_section(j, "irqs", "[");
    for (uint32_t i = 0; i < IRQ_COUNT; i++) {
        const struct irq *irq = &j->p->k.irq[i];
        const struct thing *t = slots == NONE ? NULL : thing_at(j->p, slots);
        uint32_t notification = NONE;
        cJSON *o;

        if (irq->state != IRQ_SIGNAL)
            continue;
        for (uint32_t h = 0; t != NULL && h < t->held_count; h++) {
            if (held_at(j->p, t->first_held + h)->index == i)
                notification = held_at(j->p, t->first_held + h)->thing;
        }
        o = cJSON_CreateObject();
        add_number(o, "irq", i);
        cJSON_AddStringToObject(
            o, "source",
            irq->source < sizeof sources / sizeof sources[0] ? sources[irq->source] : "?");
        add_number(o, "pin", irq->pin);
        cJSON_AddBoolToObject(o, "level", irq->level);
        add_name(j, o, "notification", notification);
        put_element(j, o);
    }
    end_section(j);
}

static void put_schedule(struct json *j)
{
    const struct kernel *k = &j->p->k;

    begin_section(j, "ready", "[");
    for (unsigned domain = 0; domain < MAX_DOMAINS && domain < k->config.num_domains; domain++) {
        for (unsigned priority = PRIORITY_COUNT; priority-- > 0;) {
            uint32_t thread = picture_thread(j->p, k->ready[domain].queue[priority].head);
            cJSON *o, *queue;

            if (thread == NONE)
                continue;
            o = cJSON_CreateObject();
            add_number(o, "domain", domain);
            add_number(o, "priority", priority);
            queue = cJSON_AddArrayToObject(o, "threads");
            for (uint32_t n = 0; thread != NONE && n < j->p->threads.count; n++) {
                add_label(j, queue, thread);
                thread = picture_thread(j->p, thread_at(j->p, thread)->tcb.sched_next);
            }
            put_element(j, o);
        }
    }
    end_section(j);
}

static void put_kernel(struct json *j)
{
    const struct kernel *k = &j->p->k;
    const struct machine *m = j->p->subject.machine;
    uint32_t current = picture_thread(j->p, k->current);
    cJSON *o = cJSON_CreateObject();

    cJSON_AddBoolToObject(o, "mcs", k->config.mcs);
    add_number(o, "domains", k->config.num_domains);
    add_number(o, "current_domain", k->current_domain);
    add_name(j, o, "running", current == NONE ? NONE : thread_at(j->p, current)->thing);
    cJSON_AddBoolToObject(o, "halted", k->halted);
    add_number(o, "entries", k->entries);
    add_number(o, "time_ns", k->now);
    if (m != NULL)
        cJSON_AddBoolToObject(o, "virtual_time", memory_bool(&m->clock.is_virtual));
    cJSON_AddBoolToObject(o, "complete", !j->p->is_cut);
    begin_section(j, "kernel", "");
    put(j, o);
}

bool export_json(struct picture *p, struct text *t, enum view_topic topic, uint32_t thread)
{
    struct json j = {.p = p, .text = t, .thread = thread, .has_section = true};
    bool all = topic == VIEW_ALL;

    if (!picture_order(p))
        return false;
    text_put(t, "{\"format\": \"sel4ux-state\", \"version\": 1");
    if (all || topic == VIEW_THREADS)
        put_threads(&j);
    if (all || topic == VIEW_CAPS || topic == VIEW_WHO)
        put_spaces(&j);
    if (all || topic == VIEW_CAPS)
        put_caps(&j);
    if (all || topic == VIEW_WHO || topic == VIEW_UNTYPED)
        put_objects(&j, topic != VIEW_UNTYPED);
    if (all || topic == VIEW_MAPPINGS)
        put_mappings(&j);
    if (all || topic == VIEW_IRQS)
        put_irqs(&j);
    if (all || topic == VIEW_SCHEDULE)
        put_schedule(&j);
    put_kernel(&j);
    text_put(t, "}\n");
    return !j.failed;
}
