/*
 * Conformance: interrupt control and handlers.
 */
#include "conform.h"

#define LAST_VECTOR 107
#define TAKEN       9
#define FREE        10

struct route {
    const char *name;
    seL4_Word label;
    seL4_Word
        word[4]; /* IOAPIC: IOAPIC, pin, level, polarity; MSI: bus, device, function, handle */
};

static const struct route *route; /* the one that is being checked */
static seL4_Word vector;

static seL4_Error issue_as(const seL4_Word *word, seL4_CPtr root, seL4_Word index, seL4_Word depth)
{
    seL4_SetMR(0, index);
    seL4_SetMR(1, depth);
    for (int i = 0; i < 4; i++)
        seL4_SetMR(2 + i, word[i]);
    seL4_SetMR(6, vector);
    seL4_SetCap(0, root);
    return conform_send(seL4_CapIRQControl, route->label, 7, 1);
}

static seL4_Error issue(seL4_CPtr root, seL4_Word index, seL4_Word depth)
{
    return issue_as(route->word, root, index, depth);
}

static void wrong_word(const char *path, int which, seL4_Word value)
{
    seL4_Word word[4];

    memcpy(word, route->word, sizeof(word));
    word[which] = value;
    conform(route->name, path, issue_as(word, ROOT, slot_alloc(), DEPTH));
}

static void check(const struct route *r, seL4_Word free_vector, seL4_CPtr taken)
{
    const struct conform_message message = {r->name, seL4_CapIRQControl, r->label, 7, 1, {0}, {0}};

    route = r;
    conform_truncated(&message);
    vector = LAST_VECTOR + 1;
    conform(r->name, "vector", issue(ROOT, slot_alloc(), DEPTH));
    vector = ~0ul;
    conform(r->name, "vector", issue(ROOT, slot_alloc(), DEPTH));
    vector = TAKEN;
    conform(r->name, "active", issue(ROOT, slot_alloc(), DEPTH));
    vector = free_vector;
    conform_slot(r->name, "target", CONFORM_ROOT | CONFORM_ZERO, issue);
    conform(r->name, "full", issue(ROOT, taken, DEPTH));
}

static seL4_CPtr ioapic(void)
{
    static const struct route r = {
        "X86IRQIssueIRQHandlerIOAPIC", X86IRQIssueIRQHandlerIOAPIC, {0, 10, 0, 0}};
    seL4_CPtr handler = slot_alloc();

    route = &r;
    vector = TAKEN;
    conform(r.name, "success", issue(ROOT, handler, DEPTH));
    check(&r, FREE, handler);
    wrong_word("ioapic", 0, 1);
    wrong_word("pin", 1, 24);
    wrong_word("level", 2, 2);
    wrong_word("polarity", 3, 2);
    return handler;
}

static void msi(seL4_CPtr taken)
{
    static const struct route r = {
        "X86IRQIssueIRQHandlerMSI", X86IRQIssueIRQHandlerMSI, {255, 31, 7, 1}};

    check(&r, LAST_VECTOR, taken);
    wrong_word("bus", 0, 256);
    wrong_word("device", 1, 32);
    wrong_word("function", 2, 8);
    conform(r.name, "success", issue(ROOT, slot_alloc(), DEPTH));
}

/* Interrupts by their ISA numbers, which kernels that use the IOAPIC do not give. */
static void isa(void)
{
    const char *name = "IRQIssueIRQHandler";
    const struct conform_message message = {name, seL4_CapIRQControl, IRQIssueIRQHandler, 3, 1, {0},
                                            {0}};

    conform_truncated(&message);
    conform(name, "ioapic", seL4_IRQControl_Get(seL4_CapIRQControl, 4, ROOT, slot_alloc(), DEPTH));
    conform(name, "ioapic", seL4_IRQControl_Get(seL4_CapIRQControl, 99, ROOT, slot_alloc(), DEPTH));
}

static void handlers(seL4_CPtr handler)
{
    const char *name = "IRQSetIRQHandler";
    const struct conform_message message = {name, handler, IRQSetIRQHandler, 0, 1, {0}, {0}};
    seL4_CPtr notification = object_alloc(seL4_NotificationObject, 0);

    conform_label("IRQHandler", handler);
    conform_truncated(&message);
    conform(name, "notification", seL4_IRQHandler_SetNotification(handler, handler));
    conform(name, "rights",
            seL4_IRQHandler_SetNotification(handler, cap_copy(notification, seL4_CanRead)));
    conform(name, "success", seL4_IRQHandler_SetNotification(handler, notification));
    conform(name, "success", seL4_IRQHandler_SetNotification(handler, notification));
    conform("IRQAckIRQ", "success", seL4_IRQHandler_Ack(handler));
    conform("IRQClearIRQHandler", "success", seL4_IRQHandler_Clear(handler));
    conform("IRQClearIRQHandler", "success", seL4_IRQHandler_Clear(handler));
}

int main(void)
{
    seL4_CPtr handler;

    conform_label("IRQControl", seL4_CapIRQControl);
    isa();
    handler = ioapic();
    msi(handler);
    handlers(handler);
    return 0;
}
