/* The client program: what it does depends on what the root task says it is for. */
#include "demo.h"

struct client demo_session[STANDARD_COUNT];

static const size_t buffer_bytes[STANDARD_COUNT] = {
    [STANDARD_CONSOLE] = PAGE_SIZE,       [STANDARD_FILE] = SERVER_BUFFER_MAX,
    [STANDARD_BLOCK] = SERVER_BUFFER_MAX, [STANDARD_TIMER] = PAGE_SIZE,
    [STANDARD_RANDOM] = PAGE_SIZE,
};

static void put(char c)
{
    static char line[512];
    static size_t length;

    line[length++] = c;
    if (c != '\n' && length < sizeof(line))
        return;
    console_write(&demo_session[STANDARD_CONSOLE], line, length);
    length = 0;
}

static long ask(seL4_Word label, seL4_Word word)
{
    seL4_SetMR(0, word);
    seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(label, 0, 0, 1));
    return (long)seL4_GetMR(0);
}

/* What it has written it reads again, and time does not go back. */
static bool witness_round(long file, seL4_Word round)
{
    const struct client *files = &demo_session[STANDARD_FILE];
    unsigned long written[64], read[64];
    seL4_Word before = timer_now(&demo_session[STANDARD_TIMER]);

    for (unsigned int i = 0; i < 64; i++)
        written[i] = round * 64 + i;
    if (file_seek(files, file, (long)(round % 16 * sizeof(written)), FILE_FROM_START) < 0 ||
        file_write(files, file, written, sizeof(written)) != sizeof(written) ||
        file_seek(files, file, -(long)sizeof(written), FILE_FROM_HERE) < 0 ||
        file_read(files, file, read, sizeof(read)) != sizeof(read) ||
        memcmp(written, read, sizeof(read)) != 0)
        return false;
    return timer_now(&demo_session[STANDARD_TIMER]) >= before;
}

static void witness(void)
{
    const struct client *files = &demo_session[STANDARD_FILE];
    long file =
        file_open(files, "witness",
                  SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE | SEL4UX_HOST_OPEN_TRUNCATE);
    seL4_Word round = 0;

    while (ask(DEMO_MORE, round) == 1) {
        for (unsigned int i = 0; i < 8; i++) {
            if (!witness_round(file, ++round))
                ask(DEMO_FAILED, round);
        }
        timer_sleep(&demo_session[STANDARD_TIMER], 500000);
    }
}

int main(void)
{
    seL4_Word kind;

    for (unsigned int i = 0; i < STANDARD_COUNT; i++)
        demo_session[i] = client_session(i, buffer_bytes[i]);
    guest_putchar = put;
    switch (ask(DEMO_ROLE, 0)) {
    case DEMO_SHELL:
        client_shell();
        break;
    case DEMO_WITNESS:
        witness();
        break;
    default:
        kind = seL4_GetMR(1);
        client_victim(kind);
    }
    return 0;
}
