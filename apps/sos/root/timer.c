/* The timer, see timer.h. */
#include "timer.h"
#include "process.h"
#include "reply.h"

#define PIT_HZ       1193182ul
#define PIT_CHANNEL0 0x40
#define PIT_MODE     0x43
#define PIT_ONE_SHOT 0x30 /* channel 0, both bytes, interrupt at zero */
#define PIT_MAX      65535ul
#define PIN          2
#define VECTOR       0
#define NS_PER_S     1000000000ul

static seL4_CPtr pit, irq;
static seL4_Word counts_per_us = 1000;
static seL4_Word start; /* time stamp */
static seL4_Word armed; /* the time that the PIT is set for; 0: none */

static seL4_Word time_stamp(void)
{
    unsigned int low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (seL4_Word)high << 32 | low;
}

/* The kernel has measured the counter; its rate lies behind the boot info. */
static void find_rate(void)
{
    const seL4_BootInfo *info = seL4_GetBootInfo();
    const char *at = (const char *)info + seL4_BootInfoFrameSize, *end = at + info->extraLen;

    while (at + sizeof(seL4_BootInfoHeader) <= end) {
        const seL4_BootInfoHeader *header = (const void *)at;

        if (header->len < sizeof(*header))
            return;
        if (header->id == SEL4_BOOTINFO_HEADER_X86_TSC_FREQ && *(const seL4_Uint32 *)(header + 1))
            counts_per_us = *(const seL4_Uint32 *)(header + 1);
        at += header->len;
    }
}

seL4_Word timer_now(void)
{
    seL4_Word counts = time_stamp() - start;

    return counts / counts_per_us * 1000 + counts % counts_per_us * 1000 / counts_per_us;
}

static void pit_out(unsigned int port, seL4_Word byte)
{
    must("PIT", seL4_X86_IOPort_Out8(pit, port, byte & 0xff));
}

void timer_wake_at(seL4_Word time)
{
    seL4_Word now = timer_now(), rest, counts;

    if (armed && armed <= time)
        return;
    armed = time;
    rest = time > now ? time - now : 0;
    counts = rest > NS_PER_S ? PIT_MAX : rest * PIT_HZ / NS_PER_S + 1;
    if (counts > PIT_MAX)
        counts = PIT_MAX;
    pit_out(PIT_MODE, PIT_ONE_SHOT);
    pit_out(PIT_CHANNEL0, counts);
    pit_out(PIT_CHANNEL0, counts >> 8);
}

void timer_interrupt(void)
{
    must("acknowledge PIT", seL4_IRQHandler_Ack(irq));
    armed = 0;
    process_wake(WAIT_TIME);
}

void timer_start(seL4_CPtr notification)
{
    find_rate();
    start = time_stamp();
    pit = ports_alloc(PIT_CHANNEL0, PIT_MODE);
    irq = slot_alloc();
    must("PIT interrupt",
         seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, irq, DEPTH, 0, PIN, 0, 0, VECTOR));
    must("PIT notification",
         seL4_IRQHandler_SetNotification(irq, cap_mint(notification, seL4_AllRights, BADGE_TIMER)));
    /* One that came before there was a notification has masked it, and firmware lets the PIT run. */
    must("PIT acknowledgement", seL4_IRQHandler_Ack(irq));
}
