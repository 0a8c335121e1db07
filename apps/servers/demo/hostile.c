/*
 * A client that asks for what makes no sense: labels that there are not, numbers of files that it
 * has not, parts of buffers that lead out of them, other caps in the message. Some of it may be a
 * valid request; none of it may hurt anybody else.
 */
#include "demo.h"

static unsigned long state;

static unsigned long next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static seL4_Word word(void)
{
    static const seL4_Word values[] = {
        0,           1,
        2,           8,
        24,          95,
        96,          511,
        512,         4095,
        4096,        4097,
        1ul << 21,   (1ul << 21) + 1,
        1ul << 31,   1ul << 32,
        1ul << 63,   ~0ul,
        ~0ul - 4095, ~(~0ul >> 1) + 1,
    };

    return next() % 4 ? values[next() % (sizeof(values) / sizeof(values[0]))] : next();
}

/* Requests that would wait for ever are left out: console reads, sleeping. */
static bool may_wait(unsigned int server, seL4_Word label)
{
    return (server == STANDARD_TIMER && (label == TIMER_SLEEP || label == TIMER_WAIT)) ||
           (server == STANDARD_CONSOLE && (label == CONSOLE_READ || label == CONSOLE_WRITE));
}

static bool is_refused(long result)
{
    return result < 0 && result > -SERVER_ERROR_COUNT;
}

unsigned int client_hostile(unsigned long seed, unsigned int requests)
{
    unsigned int refused = 0;

    state = seed | 1;
    for (unsigned int i = 0; i < requests; i++) {
        unsigned int server = next() % STANDARD_COUNT;
        seL4_Word label = next() % 8 ? next() % 36 : next();
        unsigned int length = next() % 8 ? 4 : next() % 120;

        if (may_wait(server, label))
            continue;
        for (unsigned int w = 0; w < length; w++)
            seL4_SetMR((int)w, word());
        seL4_SetCap(0, CHILD_TCB);
        seL4_Call(demo_session[server].endpoint,
                  seL4_MessageInfo_new(label, 0, next() % 2, length));
        refused += is_refused((long)seL4_GetMR(0));
    }
    return refused;
}
