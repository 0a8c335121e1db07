/*
 * A root task that never ends: for trying how one is stopped, and what it costs.
 */
#include "guest.h"

int main(void)
{
    guest_printf("spinning\n");
    for (;;)
        __asm__ volatile("pause");
}
