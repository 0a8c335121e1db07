/*
 * The light workload: a program that computes, and tells a server in another process about each
 * result. Cycles for one job: a hash over a table, a sieve, a sort, a product of matrices.
 */
#include "peer.h"

#define TABLE_WORDS 4096
#define SIEVE_SIZE  32768
#define SORT_WORDS  2048
#define MATRIX      32

static seL4_Word table[TABLE_WORDS], sorted[SORT_WORDS];
static unsigned char composite[SIEVE_SIZE];
static double left[MATRIX][MATRIX], right[MATRIX][MATRIX], product[MATRIX][MATRIX];

static seL4_Word next(seL4_Word *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static seL4_Word hash_table(void)
{
    seL4_Word state = 88172645463325252ul, hash = 14695981039346656037ul;

    for (int i = 0; i < TABLE_WORDS; i++)
        table[i] = next(&state);
    for (int round = 0; round < 8; round++) {
        for (int i = 0; i < TABLE_WORDS; i++)
            hash = (hash ^ table[(hash >> 40) % TABLE_WORDS] ^ table[i]) * 1099511628211ul;
    }
    return hash;
}

static seL4_Word count_primes(void)
{
    seL4_Word count = 0;

    memset(composite, 0, sizeof(composite));
    for (int i = 2; i < SIEVE_SIZE; i++) {
        if (composite[i])
            continue;
        count++;
        for (int multiple = 2 * i; multiple < SIEVE_SIZE; multiple += i)
            composite[multiple] = 1;
    }
    return count;
}

static seL4_Word sort_words(void)
{
    seL4_Word sum = 0;

    for (int i = 0; i < SORT_WORDS; i++) {
        seL4_Word value = table[i];
        int at = i;

        for (; at > 0 && i - at < 64 && sorted[at - 1] > value; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = value;
    }
    for (int i = 0; i < SORT_WORDS; i++)
        sum = sum * 31 + sorted[i];
    return sum;
}

static seL4_Word multiply(void)
{
    double trace = 0;

    for (int i = 0; i < MATRIX; i++) {
        for (int j = 0; j < MATRIX; j++) {
            left[i][j] = i + j;
            right[i][j] = i - j;
        }
    }
    for (int i = 0; i < MATRIX; i++) {
        for (int j = 0; j < MATRIX; j++) {
            product[i][j] = 0;
            for (int k = 0; k < MATRIX; k++)
                product[i][j] += left[i][k] * right[k][j];
        }
        trace += product[i][i];
    }
    return (seL4_Word)(long)trace;
}

static void job(seL4_CPtr server)
{
    seL4_SetMR(0, hash_table());
    seL4_SetMR(1, count_primes());
    seL4_SetMR(2, sort_words());
    seL4_SetMR(3, multiply());
    seL4_Call(server, seL4_MessageInfo_new(0, 0, 0, 4));
}

/* The server answers the words that it was sent. */
static void check(const seL4_Word *expected)
{
    for (int i = 0; i < 4; i++) {
        if (seL4_GetMR(i) != expected[i])
            guest_die("result %d is %lx", i, seL4_GetMR(i));
    }
}

int main(void)
{
    struct peer *peer;
    struct bench *bench;
    seL4_Word expected[4];

    bench_init();
    peer_init();
    peer = peer_start(true, PEER_ECHO, 4, PRIO_MAIN);
    job(peer->endpoint);
    for (int i = 0; i < 4; i++)
        expected[i] = seL4_GetMR(i);
    if (expected[1] != 3512)
        guest_die("%lu primes", expected[1]);
    bench = bench_open("macro_light", 1);
    bench_limit(bench, 2, 1000, 5);
    while (bench_more(bench)) {
        seL4_Word start = cycles();

        job(peer->endpoint);
        bench_add(bench, cycles() - start);
        check(expected);
    }
    bench_close(bench);
    return 0;
}
