/*
 * Where lanes run. All share one CPU, the home, where handing the token on costs one switch of the
 * host. Two lanes that hand it to and fro without a third become a pair: the one that sleeps is
 * moved to a second CPU, woken there, and each spins while it waits. Whoever has spun in vain ends
 * the pair and sleeps. It is never a lane's own business to move: at home it fetches its partner,
 * which may wait for a CPU that is taken; a lane that sleeps away from home is fetched by who wakes
 * it.
 *
 * The first answers may take long: the partner has to be moved and its CPU to be woken. So a new
 * pair is given far more time than that takes, and one that has settled little more than a call. A
 * pair that ends before it was worth the moves doubles the number of hand-overs before the next
 * try: where the second CPU is taken, all tries together cost a hundredth of the time.
 */
#include "stub/stub.h"
#include "stub/syscalls.h"

#define PAIR_AFTER     32u    /* hand-overs between the same two lanes */
#define PAIR_AFTER_MAX 16384u /* the same after many pairs that failed */
#define PAIR_WORTH     256u   /* hand-overs that pay for the moves */
#define SPINS          1000u  /* looks at `turn`, with a pause of some 40 cycles or more between */
#define SPINS_AT_FIRST 40000u /* while the partner may still be on its way */
#define PAIR_SETTLED   4u     /* hand-overs after which it has arrived */
#define SPINS_BLIND    256u   /* looks at `turn` between two at whether the pair has ended */

#define CPU_MAX 1024

struct cpu_set {
    uint64_t bits[CPU_MAX / 64];
};

static void put_on(int32_t pid, uint32_t cpu)
{
    struct cpu_set set = {0};

    set.bits[cpu / 64] = 1ull << cpu % 64;
    LINUX_CALL3(sched_setaffinity, pid, sizeof(set), &set);
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
    put_on(0, home);
}

/* The lane that is away comes home; at once, unless it runs there just now. */
static void fetch(struct engine_state *e)
{
    uint32_t away = atomic_exchange(&e->away, 0);
    int32_t pid = away ? atomic_load(&e->lane[away - 1].pid) : 0;

    if (pid > 0)
        put_on(pid, e->home_cpu);
}

/* For the holder of the token and for who has spun in vain. */
static void end_pair(struct engine_state *e)
{
    uint32_t after = e->pair_after;

    if (!atomic_load_explicit(&e->paired, memory_order_relaxed) ||
        !atomic_exchange(&e->paired, false))
        return;
    if (e->pair_count >= PAIR_WORTH)
        e->pair_after = PAIR_AFTER;
    else if (after < PAIR_AFTER_MAX)
        e->pair_after = after * 2;
    e->pair_count = 0;
}

/* The holder and a lane that sleeps; one of the two is to be away. */
static void begin_pair(struct lane *lane, uint32_t to)
{
    struct engine_state *e = lane->engine;
    uint32_t away = atomic_load(&e->away);
    int32_t pid = atomic_load(&e->lane[to].pid);

    if (pid == 0)
        return;
    if (away != lane->index + 1 && away != to + 1) {
        fetch(e);
        put_on(pid, e->second_cpu);
        atomic_store(&e->away, to + 1);
    }
    e->pair_count = 0;
    atomic_store(&e->paired, true);
}

void pair_hand_over(struct lane *lane, uint32_t to)
{
    struct engine_state *e = lane->engine;

    if (e->second_cpu == CPU_NONE)
        return;
    if (e->pair_to == lane->index && e->pair_from == to) {
        e->pair_count++;
    } else {
        end_pair(e);
        e->pair_count = 0;
    }
    e->pair_from = lane->index;
    e->pair_to = to;
    if (atomic_load_explicit(&e->paired, memory_order_relaxed))
        return;
    bool asleep = atomic_load_explicit(&e->lane[to].turn, memory_order_relaxed) == TURN_ASLEEP;
    if (asleep && e->pair_count >= e->pair_after)
        begin_pair(lane, to);
    else if (asleep && atomic_load_explicit(&e->away, memory_order_relaxed) == to + 1)
        fetch(e);
}

/* True: it is this lane's turn, or a third lane has the token. */
static bool spin(const struct lane *lane, unsigned spins)
{
    /* Nearly all looks are at its own `turn`: the line with the counters belongs to the holder. */
    for (unsigned i = 1; i <= spins; i++) {
        if (atomic_load_explicit(&lane->slot->turn, memory_order_relaxed) != TURN_WAIT)
            return true;
        if (i % SPINS_BLIND == 0 &&
            !atomic_load_explicit(&lane->engine->paired, memory_order_relaxed))
            return true;
        __builtin_ia32_pause();
    }
    return false;
}

void pair_wait(struct lane *lane)
{
    struct engine_state *e = lane->engine;

    if (!atomic_load_explicit(&e->paired, memory_order_relaxed))
        return;
    if (spin(lane, e->pair_count < PAIR_SETTLED ? SPINS_AT_FIRST : SPINS))
        return;
    end_pair(e);
    if (atomic_load(&e->away) != lane->index + 1)
        fetch(e);
}
