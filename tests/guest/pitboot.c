/*
 * The PIT as the kernel leaves it, which measures the processor's time by it: counter 0 counts
 * 50 ms again and again, and whoever takes its interrupt hears of each.
 */
#include "guest.h"

#define PIT_CHANNEL0 0x40
#define PIT_MODE     0x43
#define PIT_LATCH    0x00 /* counter 0 */
#define PIT_COUNT    59659
#define TIMER_PIN    2
#define TIMER_VECTOR 5
#define READS        2000
#define PERIOD_US    50000
#define TICKS        4

static seL4_CPtr pit;
static seL4_Word counter_mhz;

static seL4_Word now_us(void)
{
    unsigned int low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return ((seL4_Word)high << 32 | low) / counter_mhz;
}

static void find_frequency(void)
{
    const seL4_BootInfo *info = seL4_GetBootInfo();
    const char *at = (const char *)info + PAGE_SIZE, *end = at + info->extraLen;

    while (at < end) {
        const seL4_BootInfoHeader *header = (const void *)at;
        if (header->id == SEL4_BOOTINFO_HEADER_X86_TSC_FREQ)
            counter_mhz = *(const unsigned int *)(header + 1);
        at += header->len;
    }
}

static unsigned int read_counter(void)
{
    unsigned int low;

    must("latch", seL4_X86_IOPort_Out8(pit, PIT_MODE, PIT_LATCH));
    low = seL4_X86_IOPort_In8(pit, PIT_CHANNEL0).result;
    return low | (unsigned int)seL4_X86_IOPort_In8(pit, PIT_CHANNEL0).result << 8;
}

static const char *yes(bool is_so)
{
    return is_so ? "yes" : "no";
}

/* It never shows 0 in that mode, and counts down. */
static void counter(void)
{
    unsigned int highest = 0, lowest = ~0u, last = read_counter(), falls = 0, rises = 0;
    unsigned int value;

    for (int n = 0; n < READS; n++) {
        value = read_counter();
        falls += value < last;
        rises += value > last;
        highest = value > highest ? value : highest;
        lowest = value < lowest ? value : lowest;
        last = value;
    }
    guest_printf("between 1 and %u: %s, counts down: %s\n", PIT_COUNT,
                 yes(lowest >= 1 && highest <= PIT_COUNT), yes(falls > rises));
}

static void ticks(void)
{
    seL4_CPtr notification = object_alloc(seL4_NotificationObject, 0), handler = slot_alloc();
    seL4_Word start, us;

    must("GetIOAPIC", seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, handler, DEPTH, 0,
                                                TIMER_PIN, 0, 0, TIMER_VECTOR));
    must("SetNotification", seL4_IRQHandler_SetNotification(handler, notification));
    seL4_Wait(notification, NULL);
    must("Ack", seL4_IRQHandler_Ack(handler));
    start = now_us();
    for (int n = 0; n < TICKS; n++) {
        seL4_Wait(notification, NULL);
        must("Ack", seL4_IRQHandler_Ack(handler));
    }
    us = (now_us() - start) / TICKS;
    guest_printf("%d ticks, 50 ms each: %s\n", TICKS,
                 yes(us > PERIOD_US / 2 && us < PERIOD_US * 2));
}

int main(void)
{
    find_frequency();
    pit = ports_alloc(PIT_CHANNEL0, PIT_MODE);
    counter();
    ticks();
    return 0;
}
