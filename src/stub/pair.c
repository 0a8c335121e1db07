/*
 * Where lanes run. All share one CPU, the home, where handing the token on costs one switch of the
 * host. Two lanes that hand it to and fro without a third become a pair: one of them moves to a
 * second CPU, and each spins while it waits. Whoever has spun in vain ends the pair and goes home
 * before it sleeps, so that a lane that sleeps is always woken on the CPU of who wakes it.
 *
 * A pair that ends before it was worth the moves makes the next one wait longer: so a host without
 * a free second CPU, where the partner is not there to answer, costs next to nothing.
 */
#include "stub/stub.h"
#include "stub/syscalls.h"

#define PAIR_AFTER     32u    /* hand-overs between the same two lanes */
#define PAIR_AFTER_MAX 65536u /* the same after many pairs that failed */
#define PAIR_WORTH     4096u  /* hand-overs that pay for the moves, by far */
#define SPINS          1000   /* looks at `turn`, with a pause of some 60 cycles or more between */
#define SPINS_AT_FIRST 20000  /* while one of the two may still be on its way */

#define CPU_MAX 1024

struct cpu_set {
    uint64_t bits[CPU_MAX / 64];
};

static void stay_on(uint32_t cpu)
{
    struct cpu_set set = {0};

    set.bits[cpu / 64] = 1ull << cpu % 64;
    LINUX_CALL3(sched_setaffinity, 0, sizeof(set), &set);
}

static bool has(const struct cpu_set *set, uint32_t cpu)
{
    return cpu < CPU_MAX && (set->bits[cpu / 64] >> cpu % 64 & 1);
}

/* Another CPU that this process may use, the nearest by number; CPU_NONE without one. */
static uint32_t second_cpu(const struct cpu_set *allowed, uint32_t home)
{
    for (uint32_t distance = 1; distance < CPU_MAX; distance++) {
        if (has(allowed, home + distance))
            return home + distance;
        if (has(allowed, home - distance))
            return home - distance;
    }
    return CPU_NONE;
}

void pair_choose_cpus(struct engine_state *e)
{
    struct cpu_set allowed = {0};
    uint32_t home;

    e->second_cpu = CPU_NONE;
    e->pair_after = PAIR_AFTER;
    if (LINUX_CALL3(sched_getaffinity, 0, sizeof(allowed), &allowed) < 0 ||
        LINUX_CALL3(getcpu, &home, 0, 0) != 0 || !has(&allowed, home))
        return;
    e->home_cpu = home;
    e->second_cpu = second_cpu(&allowed, home);
    stay_on(home);
}

/* The holder of the token or who has spun in vain: both only make the next pair come later. */
static void end_pair(struct engine_state *e)
{
    uint32_t after = e->pair_after;

    if (!atomic_exchange(&e->paired, false))
        return;
    if (e->pair_count >= PAIR_WORTH)
        e->pair_after = PAIR_AFTER;
    else if (after < PAIR_AFTER_MAX)
        e->pair_after = after * 2;
    e->pair_count = 0;
}

bool pair_hand_over(struct lane *lane, uint32_t to)
{
    struct engine_state *e = lane->engine;

    if (e->second_cpu == CPU_NONE)
        return false;
    if (e->pair_to == lane->index && e->pair_from == to) {
        e->pair_count++;
    } else {
        end_pair(e);
        e->pair_count = 0;
    }
    e->pair_from = lane->index;
    e->pair_to = to;
    if (atomic_load_explicit(&e->paired, memory_order_relaxed) || e->pair_count < e->pair_after)
        return false;
    e->pair_count = 0;
    atomic_store(&e->paired, true);
    return true;
}

void pair_leave_home(struct lane *lane)
{
    stay_on(lane->engine->second_cpu);
    lane->away = true;
}

void pair_wait(struct lane *lane)
{
    struct engine_state *e = lane->engine;
    unsigned spins = e->pair_count < 4 ? SPINS_AT_FIRST : SPINS;

    for (unsigned i = 0; i < spins && atomic_load(&e->paired); i++) {
        if (atomic_load_explicit(&lane->slot->turn, memory_order_relaxed) != TURN_WAIT)
            return;
        __builtin_ia32_pause();
    }
    end_pair(e);
    if (!lane->away)
        return;
    stay_on(e->home_cpu);
    lane->away = false;
}
