/* A freestanding program whose time a profiler must find in one function. */
#include <guest.h>

static volatile unsigned long sum;

__attribute__((noinline)) static void where_the_time_goes(void)
{
    for (unsigned long i = 0; i < 300000000; i++)
        sum += i;
}

int main(void)
{
    where_the_time_goes();
    return 0;
}
