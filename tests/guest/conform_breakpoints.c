/*
 * Conformance: breakpoints and single-stepping, on kernels with the hardware debug API. Nothing
 * runs into them here: what a thread has is read back.
 */
#include "conform.h"

#define SOMEWHERE 0x400000ul
#define BEYOND    0x800000000000ul

static seL4_CPtr tcb;

static void set(const char *path, seL4_Uint16 number, seL4_Word vaddr, seL4_Word type,
                seL4_Word size, seL4_Word access)
{
    conform("TCBSetBreakpoint", path,
            seL4_TCB_SetBreakpoint(tcb, number, vaddr, type, size, access));
}

static void get(seL4_Uint16 number)
{
    seL4_TCB_GetBreakpoint_t b = seL4_TCB_GetBreakpoint(tcb, number);

    conform("TCBGetBreakpoint", "success", (seL4_Error)b.error);
    guest_printf("%u: address %lx, type %lu, size %lu, access %lu, enabled %d\n", number, b.vaddr,
                 b.type, b.size, b.rw, b.is_enabled);
}

static void wrong(void)
{
    set("address", 0, BEYOND, seL4_DataBreakpoint, 1, seL4_BreakOnWrite);
    set("type", 0, SOMEWHERE, seL4_SingleStep, 1, seL4_BreakOnWrite);
    set("type", 0, SOMEWHERE, seL4_SoftwareBreakRequest, 1, seL4_BreakOnWrite);
    set("type", 0, SOMEWHERE, 99, 1, seL4_BreakOnWrite);
    set("instruction-size", 0, SOMEWHERE, seL4_InstructionBreakpoint, 1, seL4_BreakOnRead);
    set("instruction-access", 0, SOMEWHERE, seL4_InstructionBreakpoint, 0, seL4_BreakOnWrite);
    set("data-size", 0, SOMEWHERE, seL4_DataBreakpoint, 0, seL4_BreakOnWrite);
    set("access", 0, SOMEWHERE, seL4_DataBreakpoint, 1, seL4_MaxBreakpointAccess);
    set("size", 0, SOMEWHERE, seL4_DataBreakpoint, 3, seL4_BreakOnWrite);
    set("size", 0, SOMEWHERE, seL4_DataBreakpoint, 16, seL4_BreakOnWrite);
    set("size", 0, SOMEWHERE, seL4_DataBreakpoint, 8, seL4_BreakOnWrite);
    set("alignment", 0, SOMEWHERE + 4, seL4_DataBreakpoint, 8, seL4_BreakOnWrite);
    set("alignment", 0, SOMEWHERE + 1, seL4_DataBreakpoint, 2, seL4_BreakOnWrite);
    set("alignment", 0, SOMEWHERE + 2, seL4_DataBreakpoint, 4, seL4_BreakOnWrite);
    set("number", 4, SOMEWHERE, seL4_DataBreakpoint, 1, seL4_BreakOnWrite);
    set("number", 4, SOMEWHERE, seL4_InstructionBreakpoint, 0, seL4_BreakOnRead);
    conform("TCBGetBreakpoint", "number", (seL4_Error)seL4_TCB_GetBreakpoint(tcb, 4).error);
    conform("TCBUnsetBreakpoint", "number", seL4_TCB_UnsetBreakpoint(tcb, 4));
    conform("TCBUnsetBreakpoint", "number", seL4_TCB_UnsetBreakpoint(tcb, 0xffff));
}

static void right(void)
{
    get(0);
    set("success", 0, SOMEWHERE, seL4_InstructionBreakpoint, 0, seL4_BreakOnRead);
    set("success", 1, SOMEWHERE + 4, seL4_DataBreakpoint, 4, seL4_BreakOnWrite);
    set("success", 2, SOMEWHERE + 2, seL4_DataBreakpoint, 2, seL4_BreakOnReadWrite);
    set("success", 3, SOMEWHERE + 1, seL4_DataBreakpoint, 1, seL4_BreakOnRead);
    for (seL4_Uint16 i = 0; i < 4; i++)
        get(i);
    for (seL4_Uint16 i = 0; i < 4; i++)
        conform("TCBUnsetBreakpoint", "success", seL4_TCB_UnsetBreakpoint(tcb, i));
    for (seL4_Uint16 i = 0; i < 4; i++)
        get(i);
}

static void single_stepping(void)
{
    seL4_TCB_ConfigureSingleStepping_t result = seL4_TCB_ConfigureSingleStepping(tcb, 0, 3);

    conform("TCBConfigureSingleStepping", "success", (seL4_Error)result.error);
    guest_printf("a breakpoint is used for it: %d\n", result.bp_was_consumed);
    result = seL4_TCB_ConfigureSingleStepping(tcb, 0, 0);
    conform("TCBConfigureSingleStepping", "success", (seL4_Error)result.error);
    guest_printf("a breakpoint is used for it: %d\n", result.bp_was_consumed);
}

int main(void)
{
    tcb = object_alloc(seL4_TCBObject, 0);
    wrong();
    right();
    single_stepping();
    return 0;
}
