/*
 * Capabilities to I/O ports, and the serial port behind one of them.
 */
#include "guest.h"

#define COM2    0x2f8
#define SCRATCH 7
#define LCR     3
#define CONTROL seL4_CapIOPortControl

static seL4_Error issue(seL4_Word first, seL4_Word last, seL4_CPtr slot)
{
    return seL4_X86_IOPortControl_Issue(CONTROL, first, last, ROOT, slot, DEPTH);
}

static void issuing(seL4_CPtr ports)
{
    seL4_CPtr slot = slot_alloc();

    report("issue what is issued", issue(COM2 + 7, COM2 + 8, slot));
    report("issue backwards", issue(0x310, 0x300, slot));
    report("ports have 16 bits", issue(0x10000, 0x10001, slot));
    report("delete", cap_delete(slot));
    report("issue over the end", issue(0xfff0, 0x10000, slot));
    report("issue onto a capability", issue(0x300, 0x307, ports));
    report("issue by another capability",
           seL4_X86_IOPortControl_Issue(ports, 0x300, 0x307, ROOT, slot, DEPTH));
    report("issue", issue(0x300, 0x307, slot));
    report("delete", cap_delete(slot));
    report("issue again", issue(0x304, 0x30f, slot));
}

static void access(seL4_CPtr ports)
{
    seL4_X86_IOPort_In8_t in;

    report("below", seL4_X86_IOPort_Out8(ports, COM2 - 1, 0));
    report("above", seL4_X86_IOPort_Out8(ports, COM2 + 8, 0));
    report("half above", seL4_X86_IOPort_Out16(ports, COM2 + 7, 0));
    in = seL4_X86_IOPort_In8(ports, COM2 + 8);
    guest_printf("read above: %s\n", error_text((seL4_Error)in.error));
    report("long above", (seL4_Error)seL4_X86_IOPort_In32(ports, COM2 + 5).error);
}

/* A copy can do what the original can, until that is revoked. */
static void copies(seL4_CPtr ports)
{
    seL4_CPtr copy = cap_copy(ports, seL4_AllRights);

    report("by a copy", (seL4_Error)seL4_X86_IOPort_In8(copy, COM2).error);
    report("revoke", cap_revoke(ports));
    guest_printf("the copy is gone: %d\n", slot_is_empty(copy));
    report("by the original", (seL4_Error)seL4_X86_IOPort_In8(ports, COM2).error);
}

int main(void)
{
    seL4_CPtr ports = ports_alloc(COM2, COM2 + 7);

    issuing(ports);
    access(ports);
    copies(ports);
    return 0;
}
