/*
 * A timer driver: the PIT interrupts a hundred times a second on pin 2 of the IOAPIC, and the
 * driver waits for it as for any notification.
 */
#include "guest.h"

#define PIT_HZ       1193182
#define PIT_CHANNEL0 0x40
#define PIT_MODE     0x43
#define PIT_RATE     0x34 /* channel 0, both bytes, rate generator */
#define TIMER_PIN    2
#define TIMER_VECTOR 0
#define TIMER_BADGE  0x10
#define TICKS        10

static seL4_CPtr pit;

static void pit_set_rate(unsigned int hz)
{
    unsigned int divisor = PIT_HZ / hz;

    must("PIT mode", seL4_X86_IOPort_Out8(pit, PIT_MODE, PIT_RATE));
    must("PIT low", seL4_X86_IOPort_Out8(pit, PIT_CHANNEL0, divisor & 0xff));
    must("PIT high", seL4_X86_IOPort_Out8(pit, PIT_CHANNEL0, divisor >> 8));
}

int main(void)
{
    seL4_CPtr notification = object_alloc(seL4_NotificationObject, 0);
    seL4_CPtr badged = cap_mint(notification, seL4_AllRights, TIMER_BADGE);
    seL4_CPtr handler = slot_alloc();
    seL4_Word badge;

    pit = ports_alloc(PIT_CHANNEL0, PIT_MODE);
    must("GetIOAPIC", seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, handler, DEPTH, 0,
                                                TIMER_PIN, 0, 0, TIMER_VECTOR));
    must("SetNotification", seL4_IRQHandler_SetNotification(handler, badged));
    pit_set_rate(100);
    for (int tick = 1; tick <= TICKS; tick++) {
        seL4_Wait(notification, &badge);
        guest_printf("tick %d, badge %lx\n", tick, badge);
        must("Ack", seL4_IRQHandler_Ack(handler));
    }
    must("Clear", seL4_IRQHandler_Clear(handler));
    must("Delete", cap_delete(handler));
    guest_printf("after delete: %s\n", error_text(seL4_IRQHandler_Ack(handler)));
    return 0;
}
