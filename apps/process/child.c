/*
 * The program that process loads: it runs in a VSpace and a CSpace of its own and has one
 * capability to talk to, CHILD_ENDPOINT.
 */
#include "guest.h"
#include "protocol.h"

static int counter = 41; /* initialised data */
static char zeroes[8192];

int main(void)
{
    seL4_Word sum = 0;

    for (size_t i = 0; i < sizeof(zeroes); i++)
        sum += (seL4_Word)zeroes[i];
    guest_printf("child: data %d, bss %lu\n", ++counter, sum);

    seL4_SetMR(0, 12);
    seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(LABEL_SQUARE, 0, 0, 1));
    guest_printf("child: 12 squared is %lu\n", seL4_GetMR(0));

    for (int i = 0; i < 100; i++)
        seL4_SetMR(i, (seL4_Word)i);
    seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(LABEL_SUM, 0, 0, 100));
    guest_printf("child: the sum of 0 to 99 is %lu\n", seL4_GetMR(0));
    return 0;
}
