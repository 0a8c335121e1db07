/* A system in which nothing can ever run again ends, with what it has printed and a report. */
#include "guest.h"

#include <stdio.h>

int main(void)
{
    printf("waiting for nobody\n");
    seL4_Wait(object_alloc(seL4_NotificationObject, 0), NULL);
    printf("somebody came\n");
    return 1;
}
