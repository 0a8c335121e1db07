/*
 * ISA interrupts, on a kernel that uses the PIC. Another one refuses all of this, so it runs with
 * IRQ_PIC=true only.
 */
#include "guest.h"

#define PIT_CHANNEL0 0x40
#define PIT_MODE     0x43
#define PIT_RATE     0x34  /* channel 0, both bytes, rate generator */
#define PIT_DIVISOR  11932 /* 10 ms */
#define TIMER_IRQ    0
#define TICKS        3

#define SERIAL_PORT 0x3f8
#define SERIAL_IER  (SERIAL_PORT + 1)
#define SERIAL_IIR  (SERIAL_PORT + 2)
#define TX_EMPTY    2
#define SERIAL_IRQ  4
#define CASCADE     2

static seL4_CPtr notification;

static seL4_Error get(int irq, seL4_CPtr slot)
{
    return seL4_IRQControl_Get(seL4_CapIRQControl, irq, ROOT, slot, DEPTH);
}

static void control(void)
{
    seL4_CPtr first = slot_alloc(), second = slot_alloc();

    report("interrupt 15", get(15, first));
    report("interrupt 15 again", get(15, second));
    report("interrupt 14 where 15 is", get(14, first));
    report("the cascade", get(CASCADE, second));
    report("interrupt 16", get(16, second));
    report("interrupt -1", get(-1, second));
    report("no such slot", seL4_IRQControl_Get(seL4_CapIRQControl, 14, ROOT, second, 0));
    report("an IOAPIC's pin",
           seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, second, DEPTH, 0, 14, 0, 0, 0));
    report("a message",
           seL4_IRQControl_GetMSI(seL4_CapIRQControl, ROOT, second, DEPTH, 0, 0, 0, 0, 0));
    report("delete", cap_delete(first));
    report("interrupt 15 once more", get(15, second));
    report("delete", cap_delete(second));
}

static seL4_CPtr handler_of(int irq)
{
    seL4_CPtr handler = slot_alloc();

    must("Get", get(irq, handler));
    must("SetNotification", seL4_IRQHandler_SetNotification(handler, notification));
    /* The kernel has left the PIT running, so there is one that came too early and was lost. */
    must("ack", seL4_IRQHandler_Ack(handler));
    return handler;
}

static void timer(void)
{
    seL4_CPtr ports = ports_alloc(PIT_CHANNEL0, PIT_MODE), handler = handler_of(TIMER_IRQ);

    must("mode", seL4_X86_IOPort_Out8(ports, PIT_MODE, PIT_RATE));
    must("low", seL4_X86_IOPort_Out8(ports, PIT_CHANNEL0, PIT_DIVISOR & 0xff));
    must("high", seL4_X86_IOPort_Out8(ports, PIT_CHANNEL0, PIT_DIVISOR >> 8));
    for (int n = 0; n < TICKS; n++) {
        seL4_Wait(notification, NULL);
        must("ack", seL4_IRQHandler_Ack(handler));
    }
    guest_printf("%d ticks\n", TICKS);
    must("delete", cap_delete(handler));
}

static void serial(void)
{
    seL4_CPtr ports = ports_alloc(SERIAL_PORT, SERIAL_PORT + 7), handler = handler_of(SERIAL_IRQ);
    unsigned cause;

    must("enable", seL4_X86_IOPort_Out8(ports, SERIAL_IER, TX_EMPTY));
    seL4_Wait(notification, NULL);
    cause = seL4_X86_IOPort_In8(ports, SERIAL_IIR).result & 7;
    must("disable", seL4_X86_IOPort_Out8(ports, SERIAL_IER, 0));
    must("ack", seL4_IRQHandler_Ack(handler));
    guest_printf("the serial port can take more: cause %u\n", cause);
}

int main(void)
{
    notification = object_alloc(seL4_NotificationObject, 0);
    control();
    timer();
    serial();
    return 0;
}
