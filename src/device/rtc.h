/* The CMOS clock: time of day in BCD, read through ports 0x70 and 0x71. It can't be set. */
#ifndef SEL4UX_DEVICE_RTC_H
#define SEL4UX_DEVICE_RTC_H

#include <stdint.h>

struct rtc {
    uint8_t index;
    uint8_t ram[128];     /* what the guest wrote; time registers are computed */
    int64_t boot_seconds; /* UTC, seconds since 1970, when the machine's clock read 0 */
};

uint8_t rtc_read(const struct rtc *r, uint64_t now);
void rtc_write(struct rtc *r, uint8_t value);

#endif
