/* The random number server, see random.h. */
#include "random.h"
#include "../lib/server.h"

#include <cpuid.h>

static bool from_host;

static bool cpu_has_generator(void)
{
    unsigned int a, b, c, d;

    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_RDRND);
}

/* The generator may have nothing for a moment. */
static bool cpu_word(unsigned long *word)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        unsigned char ok;

        __asm__ volatile("rdrand %0; setc %1" : "=r"(*word), "=qm"(ok) : : "cc");
        if (ok)
            return true;
    }
    return false;
}

static long cpu_read(char *to, size_t bytes)
{
    for (size_t done = 0; done < bytes; done += sizeof(unsigned long)) {
        size_t n = bytes - done < sizeof(unsigned long) ? bytes - done : sizeof(unsigned long);
        unsigned long word;

        if (!cpu_word(&word))
            return done ? (long)done : -SERVER_IO;
        memcpy(to + done, &word, n);
    }
    return (long)bytes;
}

static long handle_read(struct session *session, struct request *request)
{
    struct sel4ux_host_buffer range;
    char *at = server_buffer(session, request->words[0], request->words[1]);

    if (!server_range(session, request->words[0], request->words[1], &range))
        return -SERVER_BAD_ARGUMENT;
    if (from_host)
        return sel4ux_host_read(SERVER_DEVICES, range, 0);
    return cpu_read(at, range.length);
}

static long start(const seL4_Word *words)
{
    from_host = words[0] == RANDOM_BACKEND_HOST;
    return from_host || cpu_has_generator() ? 0 : -SERVER_NOT_SUPPORTED;
}

int main(void)
{
    static server_handler *const handlers[] = {handle_read};
    static const struct server server = {
        .start = start,
        .handlers = handlers,
        .handler_count = RANDOM_LABEL_END - SERVER_FIRST,
    };

    server_run(&server);
}
