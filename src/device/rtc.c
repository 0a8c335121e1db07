/* CMOS clock, see rtc.h. Register numbers: Motorola MC146818A. */
#include "device/rtc.h"

enum {
    SECONDS = 0,
    MINUTES = 2,
    HOURS = 4,
    WEEKDAY = 6,
    DAY,
    MONTH,
    YEAR,
    STATUS_A,
    STATUS_B,
    STATUS_C,
    STATUS_D,
    CENTURY = 0x32
};

#define STATUS_B_24H   0x02
#define STATUS_D_VALID 0x80

struct date {
    unsigned year, month, day, weekday;
};

/* Days since 1970-01-01 to a civil date, by 400-year eras that begin on 1 March. */
static struct date civil_date(int64_t days)
{
    int64_t shifted = days + 719468, era = shifted / 146097;
    unsigned day_of_era = (unsigned)(shifted - era * 146097);
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted_month = (5 * day_of_year + 2) / 153;
    struct date d;

    d.day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    d.month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    d.year = (unsigned)(year_of_era + (unsigned)era * 400) + (d.month <= 2);
    d.weekday = (unsigned)((days + 4) % 7) + 1;
    return d;
}

static uint8_t bcd(unsigned value)
{
    return (uint8_t)((value / 10 % 10) << 4 | value % 10);
}

uint8_t rtc_read(const struct rtc *r, uint64_t now)
{
    int64_t seconds = r->boot_seconds + (int64_t)(now / 1000000000ull);
    unsigned in_day;
    struct date d;

    if (seconds < 0)
        seconds = 0;
    in_day = (unsigned)(seconds % 86400);
    d = civil_date(seconds / 86400);
    switch (r->index) {
    case SECONDS:
        return bcd(in_day % 60);
    case MINUTES:
        return bcd(in_day / 60 % 60);
    case HOURS:
        return bcd(in_day / 3600);
    case WEEKDAY:
        return bcd(d.weekday);
    case DAY:
        return bcd(d.day);
    case MONTH:
        return bcd(d.month);
    case YEAR:
        return bcd(d.year % 100);
    case CENTURY:
        return bcd(d.year / 100);
    case STATUS_A:
        return 0x26;
    case STATUS_B:
        return STATUS_B_24H;
    case STATUS_C:
        return 0;
    case STATUS_D:
        return STATUS_D_VALID;
    default:
        return r->ram[r->index];
    }
}

void rtc_write(struct rtc *r, uint8_t value)
{
    r->ram[r->index] = value;
}
