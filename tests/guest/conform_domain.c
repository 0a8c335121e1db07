/*
 * Conformance: the domain capability, on kernels with one domain and a schedule of two entries.
 */
#include "conform.h"

#define CAP      seL4_CapDomain
#define LONGEST  ((1ul << 56) - 1)
#define DURATION 1000000

static void set(seL4_CPtr tcb)
{
    const char *name = "DomainSetSet";
    const struct conform_message message = {name, CAP, DomainSetSet, 1, 1, {0}, {0}};

    conform_truncated(&message);
    conform(name, "domain", seL4_DomainSet_Set(CAP, CONFIG_NUM_DOMAINS, tcb));
    conform(name, "thread", seL4_DomainSet_Set(CAP, 0, ROOT));
    conform(name, "success", seL4_DomainSet_Set(CAP, 0, tcb));
}

static void configure(void)
{
    const char *name = "DomainScheduleConfigure";
    const struct conform_message message = {name, CAP, DomainScheduleConfigure, 3, 0, {0}, {0}};

    conform_truncated(&message);
    conform(name, "index", seL4_DomainSet_ScheduleConfigure(CAP, 1, 0, DURATION));
    conform(name, "index", seL4_DomainSet_ScheduleConfigure(CAP, ~0ul, 0, DURATION));
    conform(name, "domain", seL4_DomainSet_ScheduleConfigure(CAP, 0, CONFIG_NUM_DOMAINS, DURATION));
    conform(name, "duration", seL4_DomainSet_ScheduleConfigure(CAP, 0, 0, LONGEST + 1));
    conform(name, "start-ends", seL4_DomainSet_ScheduleConfigure(CAP, 0, 0, 0));
    conform(name, "success", seL4_DomainSet_ScheduleConfigure(CAP, 0, 0, LONGEST));
    conform(name, "success", seL4_DomainSet_ScheduleConfigure(CAP, 0, 0, DURATION));
}

static void start(void)
{
    const char *name = "DomainScheduleSetStart";
    const struct conform_message message = {name, CAP, DomainScheduleSetStart, 1, 0, {0}, {0}};

    conform_truncated(&message);
    conform(name, "index", seL4_DomainSet_ScheduleSetStart(CAP, 2));
    conform(name, "end", seL4_DomainSet_ScheduleSetStart(CAP, 1));
    conform(name, "success", seL4_DomainSet_ScheduleSetStart(CAP, 0));
}

int main(void)
{
    conform_label("Domain", CAP);
    set(object_alloc(seL4_TCBObject, 0));
    configure();
    start();
    return 0;
}
