/*
 * Conformance: I/O ports. Those used here belong to no device.
 */
#include "conform.h"

#define FIRST 0x5000
#define LAST  0x5007

static seL4_Word first, last;

static seL4_Error issue(seL4_CPtr root, seL4_Word index, seL4_Word depth)
{
    seL4_SetMR(0, first);
    seL4_SetMR(1, last);
    seL4_SetMR(2, index);
    seL4_SetMR(3, depth);
    seL4_SetCap(0, root);
    return conform_send(seL4_CapIOPortControl, X86IOPortControlIssue, 4, 1);
}

static void issue_range(const char *path, seL4_Word from, seL4_Word to)
{
    first = from;
    last = to;
    conform("X86IOPortControlIssue", path, issue(ROOT, slot_alloc(), DEPTH));
}

static seL4_CPtr issuing(void)
{
    const char *name = "X86IOPortControlIssue";
    const struct conform_message message = {
        name, seL4_CapIOPortControl, X86IOPortControlIssue, 4, 1, {0}, {0}};
    seL4_CPtr ports = slot_alloc();

    conform_label("IOPortControl", seL4_CapIOPortControl);
    conform_truncated(&message);
    first = FIRST;
    last = LAST;
    conform_slot(name, "target", CONFORM_ROOT | CONFORM_ZERO, issue);
    conform(name, "full", issue(ROOT, ROOT, DEPTH));
    conform(name, "success", issue(ROOT, ports, DEPTH));
    issue_range("range", FIRST, FIRST - 1);
    issue_range("range", 0xfff0, 0x10000);
    issue_range("active", FIRST - 1, FIRST);
    issue_range("active", LAST, LAST);
    issue_range("active", 0, 0xffff);
    issue_range("success", LAST + 1, LAST + 1);
    return ports;
}

/* Input or output of `bytes` at the edges of the range. */
static void access(const char *name, seL4_CPtr ports, seL4_Word label, unsigned words,
                   seL4_Word bytes)
{
    const seL4_Word outside[] = {FIRST - 1, LAST + 2 - bytes, LAST + 1, 0};
    const seL4_Word inside[] = {FIRST, LAST + 1 - bytes};
    const struct conform_message message = {name, ports, label, words, 0, {FIRST}, {0}};

    conform_truncated(&message);
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        seL4_SetMR(0, outside[i]);
        seL4_SetMR(1, 0);
        conform(name, "port", conform_send(ports, label, words, 0));
    }
    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
        seL4_SetMR(0, inside[i]);
        seL4_SetMR(1, 0);
        conform(name, "success", conform_send(ports, label, words, 0));
    }
}

int main(void)
{
    seL4_CPtr ports = issuing();

    conform_label("IOPort", ports);
    access("X86IOPortIn8", ports, X86IOPortIn8, 1, 1);
    access("X86IOPortIn16", ports, X86IOPortIn16, 1, 2);
    access("X86IOPortIn32", ports, X86IOPortIn32, 1, 4);
    access("X86IOPortOut8", ports, X86IOPortOut8, 2, 1);
    access("X86IOPortOut16", ports, X86IOPortOut16, 2, 2);
    access("X86IOPortOut32", ports, X86IOPortOut32, 2, 4);
    return 0;
}
