/*
 * The domain capability: which domain a thread belongs to, and the schedule of domains, a table
 * whose entries run in turn from domain_start to the first one of length 0.
 */
#include "kernel/domain.h"
#include "kernel/sched.h"

/* Lengths of domain time have 56 bits. */
#define MAX_LENGTH MASK(56)

static unsigned schedule_entries(const struct kernel *k)
{
    unsigned n = k->config.num_domain_schedules;
    if (n < 2) {
        return 2; /* one entry and the end */
    }
    return n < MAX_DOMAIN_SCHEDULES ? n : MAX_DOMAIN_SCHEDULES;
}

static enum outcome decode_set(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 1, 0)) {
        return FAILED;
    }
    word domain = invocation_arg(k, inv, 0);
    if (domain >= k->config.num_domains) {
        return fail_argument(k, 0);
    }
    if (!invocation_has(k, inv, 1, 1)) {
        return FAILED;
    }
    struct cap cap = cte_at(k, inv->extra[0])->cap;
    if (cap.type != CAP_THREAD) {
        return fail_argument(k, 1);
    }
    sched_set_domain(k, cap.obj, (unsigned)domain);
    return DONE;
}

static enum outcome decode_schedule_configure(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 3, 0)) {
        return FAILED;
    }
    word index = invocation_arg(k, inv, 0);
    word domain = invocation_arg(k, inv, 1);
    word length = invocation_arg(k, inv, 2);
    unsigned entries = schedule_entries(k);

    /* the last entry always ends the table */
    if (index >= entries - 1) {
        return fail_range(k, 0, entries - 2);
    }
    if (domain >= k->config.num_domains) {
        return fail_range(k, 0, k->config.num_domains - 1);
    }
    if (length > MAX_LENGTH) {
        return fail_argument(k, 2);
    }
    if (length == 0 && domain != 0) {
        return fail_argument(k, 1);
    }
    if (length == 0 && index == k->domain_start) {
        return fail_argument(k, 2);
    }
    k->domain_schedule[index] =
        (struct domain_schedule){.domain = (uint32_t)domain, .length = length};
    return DONE;
}

static enum outcome decode_schedule_set_start(struct kernel *k, struct invocation *inv)
{
    if (!invocation_has(k, inv, 1, 0)) {
        return FAILED;
    }
    word index = invocation_arg(k, inv, 0);
    unsigned entries = schedule_entries(k);
    if (index >= entries) {
        return fail_range(k, 0, entries - 1);
    }
    if (!k->domain_schedule[index].length) {
        return fail_argument(k, 0);
    }
    /* the last entry is as good as run out: the scheduler goes on to the start at once */
    k->domain_start = (uint32_t)index;
    k->domain_index = entries - 2;
    k->domain_time = 0;
    sched_reschedule_required(k);
    return DONE;
}

enum outcome decode_domain(struct kernel *k, struct invocation *inv)
{
    switch (inv->label) {
    case INV_DOMAIN_SET_SET:
        return decode_set(k, inv);
    case INV_DOMAIN_SCHEDULE_CONFIGURE:
        return decode_schedule_configure(k, inv);
    case INV_DOMAIN_SCHEDULE_SET_START:
        return decode_schedule_set_start(k, inv);
    default:
        return fail(k, seL4_IllegalOperation);
    }
}
