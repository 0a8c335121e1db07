/*
 * The program that process_create loads: says that it runs.
 */
#include "guest.h"

int main(void)
{
    seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(1, 0, 0, 0));
    return 0;
}
