/*
 * The time stamp counter tells the time, the PIT interrupts: device 0 is its ports, device 1 its
 * interrupt. It counts 55 ms at most, so that a distant alarm takes several.
 */
#include "clock.h"

#define PIT_HZ       1193182ul
#define PIT_CHANNEL0 0x40
#define PIT_MODE     0x43
#define PIT_ONE_SHOT 0x30 /* channel 0, both bytes, interrupt at zero */
#define PIT_MAX      65535ul
#define NS_PER_S     1000000000ul

#define PORTS SERVER_DEVICES
#define IRQ   (SERVER_DEVICES + 1)

static seL4_Word counts_per_us, boot;

static seL4_Word time_stamp(void)
{
    unsigned int low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (seL4_Word)high << 32 | low;
}

static long pit_start(const seL4_Word *words)
{
    counts_per_us = words[1];
    boot = time_stamp();
    return counts_per_us ? 0 : -SERVER_BAD_ARGUMENT;
}

static seL4_Word pit_now(void)
{
    seL4_Word counts = time_stamp() - boot;

    return counts / counts_per_us * 1000 + counts % counts_per_us * 1000 / counts_per_us;
}

static long pit_date(void)
{
    return -SERVER_NOT_SUPPORTED;
}

static void out(unsigned int port, seL4_Word byte)
{
    must("PIT", seL4_X86_IOPort_Out8(PORTS, port, byte & 0xff));
}

static void pit_alarm(seL4_Word time)
{
    seL4_Word now = pit_now(), rest = time > now ? time - now : 0;
    seL4_Word counts = rest > NS_PER_S ? PIT_MAX : rest * PIT_HZ / NS_PER_S + 1;

    if (counts > PIT_MAX)
        counts = PIT_MAX;
    out(PIT_MODE, PIT_ONE_SHOT);
    out(PIT_CHANNEL0, counts);
    out(PIT_CHANNEL0, counts >> 8);
}

static void pit_acknowledge(void)
{
    must("acknowledge PIT", seL4_IRQHandler_Ack(IRQ));
}

const struct clock clock_pit = {pit_start, pit_now, pit_date, pit_alarm, pit_acknowledge};
