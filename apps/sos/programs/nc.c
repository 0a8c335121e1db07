/*
 * nc ADDRESS PORT, nc -l PORT: standard input to a connection, and the connection to standard
 * output, until the other side ends it. With -l it waits for one to come.
 */
#include "sos.h"

static char buffer[16384];

/* False: the end of the input, or nobody wants it. */
static bool forward_input(long socket)
{
    long n = sos_read(SOS_STDIN, buffer, sizeof(buffer));

    return n > 0 && sos_write(socket, buffer, (unsigned long)n) > 0;
}

/* The result of sos_receive(). */
static long forward_output(long socket)
{
    long n = sos_receive(socket, buffer, sizeof(buffer), SOS_NOWAIT);

    if (n > 0)
        sos_write(SOS_STDOUT, buffer, (unsigned long)n);
    return n;
}

static int talk(long socket)
{
    struct sos_poll polls[2] = {{.file = (int)socket, .wanted = SOS_READABLE},
                                {.file = SOS_STDIN, .wanted = SOS_READABLE}};

    for (;;) {
        long n = sos_poll(polls, 2, SOS_FOREVER);

        if (n < 0)
            return sos_fail("nc", n);
        if (polls[0].ready)
            n = forward_output(socket);
        if (polls[0].ready && n <= 0 && n != -SOS_EAGAIN)
            return n < 0 ? sos_fail("nc", n) : 0;
        if (polls[1].ready && !forward_input(socket)) {
            polls[1].file = -1;
            sos_end_output(socket);
        }
    }
}

int sos_main(int argc, char **argv)
{
    bool listens = argc == 3 && strcmp(argv[1], "-l") == 0;
    unsigned long address = 0, port;
    long socket;

    if (argc != 3 || !sos_number(argv[2], &port) || (!listens && !sos_address(argv[1], &address))) {
        guest_printf("usage: nc ADDRESS PORT, or nc -l PORT\n");
        return 2;
    }
    if (listens) {
        long listener = sos_listen(port);

        socket = listener < 0 ? listener : sos_accept(listener, 0, NULL);
        sos_close(listener);
    } else {
        socket = sos_connect(address, port);
    }
    if (socket < 0)
        return sos_fail("nc", socket);
    return talk(socket);
}
