/*
 * From an interrupt to its handler: a thread of lower priority writes the time all the time, and
 * the last time that it wrote is when the interrupt came. The interrupt is the PIT's, on pin 2 of
 * the IOAPIC, once for each sample.
 */
#include "peer.h"

#define PIT_HZ       1193182
#define PIT_CHANNEL0 0x40
#define PIT_MODE     0x43
#define PIT_ONE_SHOT 0x30 /* channel 0, both bytes, interrupt on terminal count */
#define TIMER_PIN    2
#define TIMER_VECTOR 0
#define PERIOD_US    300

static seL4_CPtr pit, handler, notification;

static void arm(void)
{
    unsigned int count = (unsigned int)((unsigned long)PIT_HZ * PERIOD_US / 1000000);

    must("PIT mode", seL4_X86_IOPort_Out8(pit, PIT_MODE, PIT_ONE_SHOT));
    must("PIT low", seL4_X86_IOPort_Out8(pit, PIT_CHANNEL0, count & 0xff));
    must("PIT high", seL4_X86_IOPort_Out8(pit, PIT_CHANNEL0, count >> 8));
}

static void latency(bool own_vspace)
{
    struct peer *peer = peer_start(own_vspace, PEER_SPIN, 0, PRIO_LOW);
    struct bench *bench = bench_open(bench_name("irq_to_handler", peer_place(own_vspace)), 1);

    while (bench_more(bench)) {
        seL4_Word armed, now;

        arm();
        armed = cycles();
        seL4_Wait(notification, NULL);
        now = cycles();
        /* Else the interrupt was there before the other thread had run. */
        if (peer->page->received > armed)
            bench_add(bench, now - peer->page->received);
        must("Ack", seL4_IRQHandler_Ack(handler));
    }
    bench_close(bench);
    peer_stop(peer);
}

static void acknowledging(void)
{
    struct bench *bench = bench_open("irq_ack", 1);

    while (bench_more(bench)) {
        seL4_Word start = cycles();

        seL4_IRQHandler_Ack(handler);
        bench_add(bench, cycles() - start);
    }
    bench_close(bench);
}

static void port_access(void)
{
    struct bench *bench = bench_open("ioport_in", 1);

    while (bench_more(bench)) {
        seL4_Word start = cycles();

        seL4_X86_IOPort_In8(pit, PIT_CHANNEL0);
        bench_add(bench, cycles() - start);
    }
    bench_close(bench);
}

int main(void)
{
    bench_init();
    peer_init();
    notification = object_alloc(seL4_NotificationObject, 0);
    handler = slot_alloc();
    pit = ports_alloc(PIT_CHANNEL0, PIT_MODE);
    must("GetIOAPIC", seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, handler, DEPTH, 0,
                                                TIMER_PIN, 0, 0, TIMER_VECTOR));
    must("SetNotification", seL4_IRQHandler_SetNotification(handler, notification));
    latency(false);
    latency(true);
    acknowledging();
    port_access();
    return 0;
}
