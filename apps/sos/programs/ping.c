/*
 * ping ADDRESS [COUNT]: asks another computer for an echo, once a second. Needs an Ethernet device:
 * sockets of the host can't.
 */
#include "sos.h"

#define BYTES 56

static const unsigned long second = 1000000000;

/* Waits until `end` for the answer with that number. */
static bool await(long socket, unsigned long number, unsigned long end, struct sos_peer *from)
{
    struct sos_poll poll = {.file = (int)socket, .wanted = SOS_READABLE};
    char data[BYTES];

    for (unsigned long now = sos_time(); now < end; now = sos_time()) {
        if (sos_poll(&poll, 1, end - now) <= 0)
            break;
        if (sos_receive_from(socket, data, sizeof(data), from) >= 0 && from->port == number)
            return true;
    }
    return false;
}

int sos_main(int argc, char **argv)
{
    static const char data[BYTES] = "sos";
    unsigned long count = 4, answers = 0;
    struct sos_peer to = {0, 0}, from;
    long socket;

    if (argc < 2 || argc > 3 || !sos_address(argv[1], &to.address) ||
        (argc == 3 && !sos_number(argv[2], &count))) {
        guest_printf("usage: ping ADDRESS [COUNT]\n");
        return 2;
    }
    socket = sos_datagram(SOS_ECHO);
    if (socket < 0)
        return sos_fail("ping", socket);
    for (unsigned long i = 1; i <= count; i++) {
        unsigned long start = sos_time(), ns;
        long sent;

        to.port = i & 0xffff;
        sent = sos_send_to(socket, data, sizeof(data), to);
        if (sent < 0)
            return sos_fail("ping", sent);
        if (await(socket, to.port, start + second, &from)) {
            ns = sos_time() - start;
            sos_print_address(from.address);
            guest_printf(": number %lu, %lu.%03lu ms\n", i, ns / 1000000, ns / 1000 % 1000);
            answers++;
        }
        if (i < count && sos_time() < start + second)
            sos_sleep(start + second - sos_time());
    }
    guest_printf("%lu sent, %lu answered\n", count, answers);
    return answers == 0;
}
