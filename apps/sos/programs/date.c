/* date: the date and time, where there is a clock that knows (UTC). */
#include "sos.h"

/* Days since 1970 as year, month and day. Years begin in March here, so that leap days are last. */
static void civil(unsigned long days, unsigned long date[3])
{
    unsigned long era, day, year, month;

    days += 719468; /* from 1 March of year 0 to 1970 */
    era = days / 146097;
    day = days % 146097;
    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    month = (5 * day + 2) / 153;
    date[2] = day - (153 * month + 2) / 5 + 1;
    date[1] = month < 10 ? month + 3 : month - 9;
    date[0] = era * 400 + year + (month >= 10);
}

int sos_main(int argc, char **argv)
{
    long now = sos_date();
    unsigned long date[3], seconds = (unsigned long)now / 1000000000;

    (void)argc;
    if (now < 0)
        return sos_fail(argv[0], now);
    civil(seconds / 86400, date);
    guest_printf("%lu-%02lu-%02lu %02lu:%02lu:%02lu\n", date[0], date[1], date[2],
                 seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    return 0;
}
