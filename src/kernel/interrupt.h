/* Interrupts as capabilities: IRQ control, IRQ handlers, and their delivery to notifications. */
#ifndef SEL4UX_KERNEL_INTERRUPT_H
#define SEL4UX_KERNEL_INTERRUPT_H

#include "kernel/invocation.h"

/* seL4's irq numbers on a PC: vector minus 0x20. */
enum {
    IRQ_USER_MIN = 16,  /* 0..15 are the ISA interrupts, for kernels that use the PIC */
    IRQ_USER_MAX = 123, /* users may choose any from IRQ_USER_MIN on for IOAPIC pins and MSIs */
    IRQ_KERNEL_TIMER = 125,
    IRQ_MAX = IRQ_KERNEL_TIMER,
};

/* The one IOAPIC of the machine. */
enum { IOAPIC_COUNT = 1, IOAPIC_PINS = 24 };

/* Boot: which interrupts users may ask for. */
void interrupt_init(struct kernel *k);

enum outcome decode_irq_control(struct kernel *k, struct invocation *inv);
enum outcome decode_irq_handler(struct kernel *k, struct invocation *inv);

/* An interrupt has arrived: signal its notification and mask it until it is acknowledged. */
void interrupt_handle(struct kernel *k, unsigned irq);

/* The last handler capability is being deleted / is gone. */
void interrupt_deleting_handler(struct kernel *k, unsigned irq);
void interrupt_deleted_handler(struct kernel *k, unsigned irq);

/* The slot that holds the notification capability of `irq`. */
paddr interrupt_slot(const struct kernel *k, unsigned irq);

#endif
