/*
 * Killing clients in the middle of every kind of request, while a witness goes on working; after
 * each kill the servers must have what they had before.
 */
#include "demo.h"

#define MOST_NS 1500000u /* that a victim lives from when it knows its kind */
#define LOOKS   50       /* at what servers keep, until it is as before */

bool demo_victim_runs;

static struct client timer;
static bool witness_stops, witness_failed, witness_ended;
static seL4_Word witness_rounds;

void demo_witness_says(seL4_Word label, seL4_Word word)
{
    witness_rounds = word;
    witness_failed |= label == DEMO_FAILED;
    witness_ended |= witness_stops;
}

bool demo_witness_goes_on(void)
{
    return !witness_stops;
}

seL4_Word demo_random(void)
{
    static seL4_Word state = 88172645463325252ul;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void rest(seL4_Word ns)
{
    timer_sleep(&timer, ns);
    demo_serve_waiting();
}

static void counts(struct service_count found[STANDARD_COUNT])
{
    for (unsigned int i = 0; i < STANDARD_COUNT; i++)
        manager_count(&demo_services[i], &found[i]);
}

static bool is_as_before(const struct service_count *now, const struct service_count *before)
{
    return now->sessions == before->sessions && now->kept == before->kept &&
           now->waiting <= before->waiting;
}

/* What is lost stays so; the witness is only for a moment in the middle of something. */
static bool comes_back(const struct service_count before[STANDARD_COUNT])
{
    struct service_count now[STANDARD_COUNT];
    unsigned int i = 0;

    for (unsigned int look = 0; look < LOOKS; look++) {
        counts(now);
        for (i = 0; i < STANDARD_COUNT && is_as_before(&now[i], &before[i]); i++)
            ;
        if (i == STANDARD_COUNT)
            return true;
        rest(1000000);
    }
    guest_printf("%s has %lu sessions, %lu waiting, %lu kept; before %lu, %lu, %lu\n",
                 demo_services[i].name, now[i].sessions, now[i].waiting, now[i].kept,
                 before[i].sessions, before[i].waiting, before[i].kept);
    return false;
}

static long kill_all(seL4_Word rounds)
{
    struct service_count before[STANDARD_COUNT];
    long killed = 0;

    counts(before);
    for (seL4_Word round = 0; round < rounds; round++) {
        for (unsigned int kind = 0; kind < VICTIM_KINDS; kind++) {
            demo_victim_runs = false;
            demo_start_client(CLIENT_VICTIM);
            while (!demo_victim_runs)
                rest(2000000);
            rest(demo_random() % MOST_NS);
            manager_end(&demo_clients[CLIENT_VICTIM]);
            killed++;
            if (!comes_back(before))
                return -1;
        }
    }
    return killed;
}

long demo_stress(seL4_Word rounds)
{
    seL4_Word begun;
    long killed;

    if (!timer.endpoint) {
        manager_connect_self(&demo_services[STANDARD_TIMER], seL4_PageBits, 0, &timer.endpoint,
                             &timer.buffer);
        timer.bytes = PAGE_SIZE;
    }
    witness_stops = witness_failed = witness_ended = false;
    demo_start_client(CLIENT_WITNESS);
    while (witness_rounds == 0)
        rest(1000000);
    begun = witness_rounds;
    killed = kill_all(rounds);
    witness_stops = true;
    while (!witness_ended)
        rest(1000000);
    if (witness_failed || witness_rounds <= begun)
        killed = -2;
    witness_rounds = 0;
    manager_end(&demo_clients[CLIENT_WITNESS]);
    return killed;
}
