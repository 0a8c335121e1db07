/*
 * The second process of shm: adds 1 to what it finds, and in the end writes where it must not.
 */
#include "guest.h"
#include "shm.h"

int main(void)
{
    volatile long *page = (volatile long *)SHM_ADDRESS;

    for (int i = 0; i < SHM_ROUNDS; i++) {
        seL4_Wait(SHM_PING, NULL);
        page[i]++;
        seL4_Signal(SHM_PONG);
    }
    seL4_Wait(SHM_PING, NULL);
    guest_printf("child reads %ld\n", page[0]);
    page[0] = 666;
    guest_printf("child wrote\n");
    return 0;
}
