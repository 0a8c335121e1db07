/*
 * Where lanes run, and which of them waits awake. All share one CPU, the home, where handing the
 * token on costs one switch of the host. While it is a habit who gets the token next, lanes use a
 * second CPU as well: one that is expected to get it waits there, awake, while another one runs.
 *
 *   Call and reply: A hands over to B on the other CPU, is expected to get the token back, and
 *   spins.
 *   A chain: A hands over to B, expects C after it, calls C, which sleeps, to its own CPU, and goes
 *   to sleep. This switch of the host takes place while B runs; then B hands over to C, which
 *   spins, and calls D.
 *
 * So on one CPU there is the token, and on the other at most one lane that spins, the `waiter`. It
 * stays that way because who wakes a lane has it on its own CPU, where it is about to sleep itself;
 * where the token goes to a lane that was not awake, the waiter is told whom to call instead. Only
 * the first lane that is to run on the other CPU is woken there, which takes long.
 *
 * Who comes next is guessed from the last two that had the token: the one before the last (an
 * answer), or what was learnt of this lane. Each guess that proves right is a vote for using the
 * second CPU, each other one counts several times against it. A lane that spins in vain ends that
 * and sleeps; at home it first fetches the lane that has the token, which may wait for a CPU that
 * is taken. Where this happens before it was worth the moves, twice as many votes are asked for the
 * next try: where the second CPU is taken, all tries together cost a hundredth of the time.
 *
 * All of this but the waiter's spinning belongs to the holder of the token. What two CPUs look at
 * in each hand-over is in one line of struct engine_state; the table of successors is seldom
 * written.
 */
#include "stub/stub.h"
#include "stub/syscalls.h"

#define VOTES          32u    /* for the second CPU, */
#define VOTES_AGAINST  4u     /* a wrong guess counts as so many against, */
#define VOTES_MAX      16384u /* and after many tries that failed it takes so many */
#define WORTH          64u    /* hand-overs between CPUs that pay for the moves */
#define SPINS          6000u  /* looks at `turn`, with a pause of some 40 cycles or more between */
#define SPINS_AT_FIRST 40000u /* while a lane may still be on its way to its CPU */
#define SETTLED        4u     /* hand-overs between CPUs after which it has arrived */
#define MOVES_MAX      8u /* in a row; three in a ring change CPUs each time, for more than it saves */
#define SPINS_BLIND    256u /* looks at `turn` between two at whether it has ended */

#define TRUST_MIN 2u /* times in a row, less one, that another successor than the last is seen */
#define TRUST_MAX 3u

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

void relay_choose_cpus(struct engine_state *e)
{
    struct cpu_set allowed = {0};
    uint32_t home;

    e->cpu[CPU_SECOND] = CPU_NONE;
    e->waiter = LANE_NONE;
    e->votes_needed = VOTES;
    if (LINUX_CALL3(sched_getaffinity, 0, sizeof(allowed), &allowed) < 0 ||
        LINUX_CALL3(getcpu, &home, 0, 0) != 0 || !has(&allowed, home))
        return;
    e->cpu[CPU_HOME] = home;
    e->cpu[CPU_SECOND] = second_cpu(&allowed, home);
    put_on(0, home);
}

/*
 * A lane that is asleep, or about to be, is to run there from now on. False: it does, or stands for
 * no VSpace any more.
 */
static bool move(struct engine_state *e, uint32_t lane, enum lane_cpu cpu)
{
    struct lane_slot *slot = &e->lane[lane];
    int32_t pid = atomic_load(&slot->pid);

    if (pid <= 0 || atomic_load(&slot->use) != LANE_USED ||
        atomic_load_explicit(&slot->cpu, memory_order_relaxed) == cpu)
        return false;
    atomic_store_explicit(&slot->cpu, cpu, memory_order_relaxed);
    put_on(pid, e->cpu[cpu]);
    return true;
}

static enum lane_cpu cpu_of(const struct lane *lane)
{
    return atomic_load_explicit(&lane->slot->cpu, memory_order_relaxed);
}

/* ------------------------------------------------------------------ who comes next */

static struct successor *find_successor(struct engine_state *e, uint32_t lane, uint32_t before)
{
    for (struct successor *s = e->successor[lane]; s < e->successor[lane] + SUCCESSORS; s++) {
        if (s->used && s->before == before)
            return s;
    }
    return 0;
}

/* Who gets the token after `lane`, which got it from `before`. */
static uint32_t guess(struct engine_state *e, uint32_t before, uint32_t lane)
{
    const struct successor *s = find_successor(e, lane, before);

    return s && s->trust >= TRUST_MIN ? s->next : before;
}

/* The entry to give up for another one. */
static struct successor *worst_successor(struct engine_state *e, uint32_t lane)
{
    struct successor *worst = e->successor[lane];

    for (struct successor *s = worst + 1; s < e->successor[lane] + SUCCESSORS; s++) {
        if (!s->used || (worst->used && s->trust < worst->trust))
            worst = s;
    }
    return worst;
}

/* Only what is not an answer is remembered. */
static void learn(struct engine_state *e, uint32_t before, uint32_t lane, uint32_t next)
{
    struct successor *s = find_successor(e, lane, before);

    if (s && s->next == next) {
        if (s->trust < TRUST_MAX)
            s->trust++;
        return;
    }
    if (!s && next == before)
        return;
    if (!s)
        s = worst_successor(e, lane);
    if (s->used && s->trust > 0)
        s->trust--;
    else
        *s = (struct successor){
            .before = (uint16_t)before, .next = (uint16_t)next, .used = next != before};
}

static void vote(struct engine_state *e, bool right)
{
    if (!right)
        e->votes -= e->votes < VOTES_AGAINST ? e->votes : VOTES_AGAINST;
    else if (e->votes < e->votes_needed)
        e->votes++;
}

/* ------------------------------------------------------------------ handing over */

static uint32_t waiter(const struct engine_state *e)
{
    return atomic_load_explicit(&e->waiter, memory_order_relaxed);
}

static void set_waiter(struct engine_state *e, uint32_t lane)
{
    atomic_store_explicit(&e->waiter, lane, memory_order_relaxed);
}

static uint32_t looks(const struct engine_state *e)
{
    return e->settled < SETTLED ? SPINS_AT_FIRST : SPINS;
}

/* No lane waits awake any more, and one has to earn it anew. */
static void give_up(struct engine_state *e)
{
    if (e->crossings >= WORTH)
        e->votes_needed = VOTES;
    else if (e->votes_needed < VOTES_MAX)
        e->votes_needed *= 2;
    e->votes = 0;
}

/* The token goes to the other CPU. Who is expected next waits awake on this one. */
static void cross(struct lane *lane)
{
    struct engine_state *e = lane->engine;
    bool moves = e->expected != lane->index && move(e, e->expected, cpu_of(lane));

    e->crossings++;
    e->settled = moves ? 0 : e->settled + 1;
    e->moves = moves ? e->moves + 1 : 0;
    lane->next = e->expected;
    lane->spins = looks(e);
    set_waiter(e, e->expected);
}

static void start_other_cpu(struct lane *lane, uint32_t to)
{
    struct engine_state *e = lane->engine;

    move(e, to, cpu_of(lane) == CPU_HOME ? CPU_SECOND : CPU_HOME);
    e->crossings = e->settled = e->moves = 0;
    cross(lane);
}

void relay_hand_over(struct lane *lane, uint32_t to)
{
    struct engine_state *e = lane->engine;

    lane->next = LANE_NONE;
    if (e->cpu[CPU_SECOND] == CPU_NONE)
        return;
    vote(e, to == e->expected);
    learn(e, e->giver, lane->index, to);
    e->expected = guess(e, lane->index, to);
    e->giver = lane->index;
    atomic_store_explicit(&e->holder, to, memory_order_relaxed);
    if (to != waiter(e))
        return;
    if (e->moves < MOVES_MAX) {
        cross(lane);
        return;
    }
    set_waiter(e, LANE_NONE);
    give_up(e);
}

/* The waiter waits in vain, if not for longer: its CPU is for the lane that is expected now. */
static void exchange_waiter(struct lane *lane, uint32_t last)
{
    struct engine_state *e = lane->engine;
    uint32_t next = e->expected, wait = TURN_WAIT;

    if (next == last || next == lane->index)
        return;
    move(e, next, cpu_of(lane) == CPU_HOME ? CPU_SECOND : CPU_HOME);
    e->lane[last].call = next;
    set_waiter(e, atomic_compare_exchange_strong(&e->lane[last].turn, &wait, TURN_CALL)
                      ? next
                      : LANE_NONE);
}

void relay_wakes(struct lane *lane, uint32_t to)
{
    struct engine_state *e = lane->engine;

    if (e->cpu[CPU_SECOND] == CPU_NONE)
        return;
    if (lane->next != LANE_NONE) { /* it was to be awake */
        lane->next = LANE_NONE;
        set_waiter(e, LANE_NONE);
    }
    if (waiter(e) == LANE_NONE && e->votes >= e->votes_needed) {
        start_other_cpu(lane, to);
        return;
    }
    move(e, to, cpu_of(lane));
    if (waiter(e) != LANE_NONE)
        exchange_waiter(lane, waiter(e));
}

/* ------------------------------------------------------------------ waiting */

/* It sleeps, and is expected to get the token from the lane that has it now. */
static void call(struct engine_state *e, uint32_t next)
{
    struct lane_slot *slot = &e->lane[next];
    uint32_t asleep = TURN_ASLEEP;

    if (atomic_compare_exchange_strong(&slot->turn, &asleep, TURN_WAIT))
        linux_futex_wake(&slot->turn);
}

/* False: in vain. */
static bool spin(const struct lane *lane, uint32_t looks)
{
    /* Nearly all looks are at its own `turn`: the line with the waiter belongs to the holder. */
    for (uint32_t i = 1; i <= looks; i++) {
        if (atomic_load_explicit(&lane->slot->turn, memory_order_relaxed) != TURN_WAIT)
            return true;
        if (i % SPINS_BLIND == 0 && waiter(lane->engine) != lane->index)
            return true;
        __builtin_ia32_pause();
    }
    return false;
}

static void stop_waiting(struct lane *lane)
{
    struct engine_state *e = lane->engine;
    uint32_t self = lane->index;

    if (!atomic_compare_exchange_strong(&e->waiter, &self, LANE_NONE))
        return;
    give_up(e);
    if (cpu_of(lane) == CPU_HOME)
        move(e, atomic_load_explicit(&e->holder, memory_order_relaxed), CPU_HOME);
}

void relay_called(struct lane *lane)
{
    uint32_t call_other = TURN_CALL;

    if (atomic_compare_exchange_strong(&lane->slot->turn, &call_other, TURN_WAIT))
        call(lane->engine, lane->slot->call);
}

void relay_wait(struct lane *lane)
{
    struct engine_state *e = lane->engine;
    uint32_t next = lane->next;

    lane->next = LANE_NONE;
    if (next != lane->index) {
        if (next != LANE_NONE)
            call(e, next);
        if (waiter(e) != lane->index)
            return;
        lane->spins = looks(e); /* it has been called */
    }
    if (!spin(lane, lane->spins))
        stop_waiting(lane);
}
