/*
 * The clocks that a guest can see, and whether they agree: time stamp counter, PIT, date.
 */
#include "guest.h"

#define PIT_HZ       1193182
#define PIT_CHANNEL0 0x40
#define PIT_MODE     0x43
#define PIT_RATE     0x34 /* channel 0, both bytes, rate generator */
#define TIMER_PIN    2
#define RTC_INDEX    0x70
#define RTC_DATA     0x71
#define NS_PER_MS    1000000ul

static seL4_Word counter_mhz;

static seL4_Word counter(void)
{
    unsigned int low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (seL4_Word)high << 32 | low;
}

static seL4_Word counter_with_processor(void)
{
    unsigned int low, high, processor;

    __asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(processor));
    return (seL4_Word)high << 32 | low;
}

static seL4_Word now_ns(void)
{
    return counter() * 1000 / counter_mhz;
}

static void frequency(void)
{
    const seL4_BootInfo *info = seL4_GetBootInfo();
    const char *at = (const char *)info + PAGE_SIZE, *end = at + info->extraLen;

    while (at < end) {
        const seL4_BootInfoHeader *header = (const void *)at;
        if (header->id == SEL4_BOOTINFO_HEADER_X86_TSC_FREQ)
            counter_mhz = *(const unsigned int *)(header + 1);
        at += header->len;
    }
    guest_printf("counter: %lu MHz\n", counter_mhz);
}

static void readings(void)
{
    seL4_Word first = counter(), second = counter(), third = counter_with_processor();

    guest_printf("between two readings: %lu, with the processor: %lu\n", second - first,
                 third - second);
}

static void busy_wait(void)
{
    seL4_Word start = now_ns(), end = start + 5 * NS_PER_MS, now, reads = 0;

    do {
        now = now_ns();
        reads++;
    } while (now < end);
    guest_printf("busy for 5 ms: over by %lu ns after %lu readings\n", now - end, reads);
}

/* The first byte finds the line free, each of the others waits for the one before it. */
static void console(void)
{
    seL4_Word start;

    seL4_DebugPutChar('.');
    start = now_ns();
    for (int byte = 0; byte < 50; byte++)
        seL4_DebugPutChar('.');
    start = now_ns() - start;
    guest_printf("\n50 bytes at the console: %lu us\n", start / 1000);
}

static void pit(void)
{
    seL4_CPtr ports = ports_alloc(PIT_CHANNEL0, PIT_MODE);
    seL4_CPtr notification = object_alloc(seL4_NotificationObject, 0), handler = slot_alloc();
    unsigned int divisor = PIT_HZ / 100;
    seL4_Word start = 0;

    must("GetIOAPIC", seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT, handler, DEPTH, 0,
                                                TIMER_PIN, 0, 0, 0));
    must("SetNotification", seL4_IRQHandler_SetNotification(handler, notification));
    must("mode", seL4_X86_IOPort_Out8(ports, PIT_MODE, PIT_RATE));
    must("low", seL4_X86_IOPort_Out8(ports, PIT_CHANNEL0, divisor & 0xff));
    must("high", seL4_X86_IOPort_Out8(ports, PIT_CHANNEL0, divisor >> 8));
    for (int tick = 0; tick <= 100; tick++) {
        seL4_Wait(notification, NULL);
        if (tick == 0)
            start = now_ns();
        must("Ack", seL4_IRQHandler_Ack(handler));
    }
    guest_printf("100 periods of the PIT: %lu us\n", (now_ns() - start) / 1000);
}

static unsigned int date(seL4_CPtr ports, unsigned int number)
{
    must("RTC", seL4_X86_IOPort_Out8(ports, RTC_INDEX, number));
    return seL4_X86_IOPort_In8(ports, RTC_DATA).result;
}

int main(void)
{
    seL4_CPtr rtc = ports_alloc(RTC_INDEX, RTC_DATA);

    frequency();
    readings();
    busy_wait();
    console();
    pit();
    guest_printf("date: %02x%02x-%02x-%02x\n", date(rtc, 0x32), date(rtc, 9), date(rtc, 8),
                 date(rtc, 7));
    return 0;
}
