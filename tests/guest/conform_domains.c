/*
 * Conformance: the domain capability on kernels with four domains and a schedule of eight entries.
 */
#include "conform.h"

#define CAP      seL4_CapDomain
#define DURATION 1000000

int main(void)
{
    seL4_CPtr tcb = object_alloc(seL4_TCBObject, 0);
    const char *configure = "DomainScheduleConfigure", *start = "DomainScheduleSetStart";

    conform("DomainSetSet", "domain", seL4_DomainSet_Set(CAP, 4, tcb));
    conform("DomainSetSet", "success", seL4_DomainSet_Set(CAP, 3, tcb));
    conform(configure, "index", seL4_DomainSet_ScheduleConfigure(CAP, 7, 0, DURATION));
    conform(configure, "domain", seL4_DomainSet_ScheduleConfigure(CAP, 1, 4, DURATION));
    conform(configure, "end-domain", seL4_DomainSet_ScheduleConfigure(CAP, 1, 1, 0));
    conform(configure, "success", seL4_DomainSet_ScheduleConfigure(CAP, 1, 0, DURATION));
    conform(configure, "success", seL4_DomainSet_ScheduleConfigure(CAP, 2, 0, 0));
    conform(start, "index", seL4_DomainSet_ScheduleSetStart(CAP, 8));
    conform(start, "end", seL4_DomainSet_ScheduleSetStart(CAP, 7));
    conform(start, "end", seL4_DomainSet_ScheduleSetStart(CAP, 2));
    conform(start, "success", seL4_DomainSet_ScheduleSetStart(CAP, 1));
    conform(configure, "start-ends", seL4_DomainSet_ScheduleConfigure(CAP, 1, 0, 0));
    conform(configure, "success", seL4_DomainSet_ScheduleConfigure(CAP, 0, 0, 0));
    return 0;
}
