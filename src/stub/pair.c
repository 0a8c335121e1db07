/*
 * Where lanes run. All share one CPU, the home, where handing the token on costs one switch of the
 * host. When nearly all hand-overs are between the same two lanes these become a pair: the one that
 * sleeps is moved to a second CPU and woken there, and each spins while it waits for the other. A
 * third lane that has the token now and then has it at home, by a switch of the host, while the one
 * that is away goes on spinning. Never do two spin on one CPU: who spins at home is told to sleep
 * (TURN_ASIDE) when another lane is woken there.
 *
 * Whoever has spun in vain ends the pair and sleeps. It is never a lane's own business to move: at
 * home it fetches its partner, which may wait for a CPU that is taken; a lane that sleeps away from
 * home is fetched by who wakes it.
 *
 * The first answers may take long: the partner has to be moved and its CPU to be woken. So a new
 * pair is given far more time than that takes, and one that has settled little more than a call. A
 * pair that ends before it was worth the moves doubles the number of hand-overs before the next
 * try: where the second CPU is taken, all tries together cost a hundredth of the time.
 */
#include "stub/stub.h"
#include "stub/syscalls.h"

#define PAIR_AFTER     32u    /* votes: hand-overs between the same two lanes, */
#define VOTES_AGAINST  4u     /* each other one counts as so many against them */
#define PAIR_AFTER_MAX 16384u /* PAIR_AFTER after many pairs that failed */
#define PAIR_WORTH     256u   /* hand-overs that pay for the moves */
#define PAIR_MISS      16u    /* hand-overs that pay for waking a third lane from the other CPU */
#define SPINS          6000u  /* looks at `turn`, with a pause of some 40 cycles or more between */
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
    e->pair_votes = 0;
}

/* If it spins it goes to sleep. */
static void put_aside(struct engine_state *e, uint32_t lane)
{
    uint32_t wait = TURN_WAIT;

    atomic_compare_exchange_strong(&e->lane[lane].turn, &wait, TURN_ASIDE);
}

static bool is_asleep(const struct engine_state *e, uint32_t lane)
{
    return atomic_load_explicit(&e->lane[lane].turn, memory_order_relaxed) == TURN_ASLEEP;
}

/* ------------------------------------------------------------------ who may be a pair */

static bool is_candidate(const struct engine_state *e, uint32_t lane)
{
    return lane == e->pair_lane[0] || lane == e->pair_lane[1];
}

static void vote(struct engine_state *e, uint32_t from, uint32_t to)
{
    if (is_candidate(e, from) && is_candidate(e, to)) {
        if (e->pair_votes < e->pair_after)
            e->pair_votes++;
    } else if (e->pair_votes >= VOTES_AGAINST) {
        e->pair_votes -= VOTES_AGAINST;
        /* Who deals with others too stays at home, where they are. */
        if (is_candidate(e, from) || is_candidate(e, to))
            e->pair_hub = is_candidate(e, from) ? from : to;
    } else {
        e->pair_lane[0] = from;
        e->pair_lane[1] = to;
        e->pair_hub = LANE_NONE;
        e->pair_votes = 0;
    }
}

/* The holder and a lane that sleeps become a pair if they were voted for; one is to be away. */
static bool begin_pair(struct lane *lane, uint32_t to)
{
    struct engine_state *e = lane->engine;
    uint32_t away = atomic_load(&e->away);
    int32_t pid = atomic_load(&e->lane[to].pid);

    if (e->pair_votes < e->pair_after || !is_candidate(e, lane->index) || !is_candidate(e, to) ||
        pid == 0)
        return false;
    if (to == e->pair_hub && away != lane->index + 1)
        return false;
    if (away != lane->index + 1 && away != to + 1) {
        end_pair(e);
        if (away != 0)
            put_aside(e, away - 1);
        fetch(e);
        put_on(pid, e->second_cpu);
        atomic_store(&e->away, to + 1);
    }
    e->pair_count = 0;
    atomic_store(&e->paired, true);
    return true;
}

/* ------------------------------------------------------------------ handing over */

/* From the lane that is away to one that sleeps at home: whoever spins there is in its way. */
static void make_room(struct engine_state *e)
{
    if (e->home_spinner != 0)
        put_aside(e, e->home_spinner - 1);
    e->home_spinner = 0;
    if (e->pair_count >= PAIR_MISS)
        e->pair_count -= PAIR_MISS;
    else if (e->pair_count >= PAIR_SETTLED)
        end_pair(e);
}

static void hand_over_to_other_cpu(struct lane *lane, uint32_t to)
{
    struct engine_state *e = lane->engine;

    if (lane->index + 1 == atomic_load_explicit(&e->away, memory_order_relaxed)) {
        if (is_asleep(e, to))
            make_room(e);
    } else if (e->home_spinner != lane->index + 1) {
        e->home_spinner = lane->index + 1;
    }
    lane->spins = e->pair_count < PAIR_SETTLED ? SPINS_AT_FIRST : SPINS;
    e->pair_count++;
}

static bool crosses(const struct lane *lane, uint32_t to)
{
    uint32_t away = atomic_load_explicit(&lane->engine->away, memory_order_relaxed);

    return away == lane->index + 1 || away == to + 1;
}

void pair_hand_over(struct lane *lane, uint32_t to)
{
    struct engine_state *e = lane->engine;

    lane->spins = 0;
    if (e->second_cpu == CPU_NONE)
        return;
    vote(e, lane->index, to);
    bool paired = atomic_load_explicit(&e->paired, memory_order_relaxed);
    if ((!paired || !crosses(lane, to)) && is_asleep(e, to))
        paired = begin_pair(lane, to) || paired;
    if (paired && crosses(lane, to))
        hand_over_to_other_cpu(lane, to);
    else if (!paired && atomic_load_explicit(&e->away, memory_order_relaxed) == to + 1 &&
             is_asleep(e, to))
        fetch(e);
}

/* True: it is this lane's turn, or it is to sleep. */
static bool spin(const struct lane *lane)
{
    /* Nearly all looks are at its own `turn`: the line with the counters belongs to the holder. */
    for (unsigned i = 1; i <= lane->spins; i++) {
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

    if (lane->spins == 0 || spin(lane))
        return;
    end_pair(e);
    if (atomic_load(&e->away) != lane->index + 1)
        fetch(e);
}
