/*
 * echod [-u] PORT: sends back what comes, by TCP to many at once, or by UDP, until it is killed.
 *
 * Of a connection no more is read before what was read is sent: a client that does not read waits.
 */
#include "sos.h"

#define CLIENTS 200
#define BUFFER  16384

struct echo {
    unsigned int bytes, sent; /* in the buffer, and sent of them */
    char *buffer;             /* of BUFFER bytes; from then on always there */
};

static struct sos_poll polls[1 + CLIENTS]; /* the listener, then the clients */
static struct echo echoes[1 + CLIENTS];
static unsigned int count = 1; /* of polls */

static void drop(unsigned int i)
{
    char *buffer = echoes[i].buffer;

    sos_close(polls[i].file);
    count--;
    polls[i] = polls[count];
    echoes[i] = echoes[count];
    echoes[count].buffer = buffer;
}

static bool take_client(void)
{
    long fd = count <= CLIENTS ? sos_accept(polls[0].file, SOS_NOWAIT, NULL) : -SOS_EAGAIN;

    if (fd < 0)
        return false;
    if (!echoes[count].buffer)
        echoes[count].buffer = sos_sbrk(BUFFER);
    if (!echoes[count].buffer) {
        sos_close(fd);
        return false;
    }
    echoes[count].bytes = echoes[count].sent = 0;
    polls[count++] = (struct sos_poll){.file = (int)fd, .wanted = SOS_READABLE};
    return true;
}

/* False: it is over. */
static bool serve(unsigned int i)
{
    struct echo *e = &echoes[i];
    long n;

    if (e->sent == e->bytes) {
        n = sos_receive(polls[i].file, e->buffer, BUFFER, SOS_NOWAIT);
        if (n == -SOS_EAGAIN)
            return true;
        if (n <= 0)
            return false;
        e->bytes = (unsigned int)n;
        e->sent = 0;
    }
    n = sos_send(polls[i].file, e->buffer + e->sent, e->bytes - e->sent, SOS_NOWAIT);
    if (n < 0 && n != -SOS_EAGAIN)
        return false;
    e->sent += n > 0 ? (unsigned int)n : 0;
    polls[i].wanted = e->sent < e->bytes ? SOS_WRITABLE : SOS_READABLE;
    return true;
}

static int echo_streams(unsigned long port)
{
    long listener = sos_listen(port);

    if (listener < 0)
        return sos_fail("listen", listener);
    polls[0] = (struct sos_poll){.file = (int)listener, .wanted = SOS_READABLE};
    guest_printf("echod: port %lu\n", port);
    for (;;) {
        long ready = sos_poll(polls, count, SOS_FOREVER);

        if (ready < 0)
            return sos_fail("poll", ready);
        for (unsigned int i = count; i-- > 1;) {
            if (polls[i].ready && !serve(i))
                drop(i);
        }
        while (polls[0].ready && take_client())
            ;
    }
}

static int echo_datagrams(unsigned long port)
{
    static char buffer[65536];
    long socket = sos_datagram(port);

    if (socket < 0)
        return sos_fail("udp", socket);
    guest_printf("echod: UDP port %lu\n", port);
    for (;;) {
        struct sos_peer from;
        long n = sos_receive_from(socket, buffer, sizeof(buffer), &from);

        if (n >= 0)
            n = sos_send_to(socket, buffer, (unsigned long)n, from);
        if (n < 0)
            return sos_fail("udp", n);
    }
}

int sos_main(int argc, char **argv)
{
    bool udp = argc > 1 && strcmp(argv[1], "-u") == 0;
    unsigned long port;

    if (argc != 2 + udp || !sos_number(argv[1 + udp], &port)) {
        guest_printf("usage: echod [-u] PORT\n");
        return 2;
    }
    return udp ? echo_datagrams(port) : echo_streams(port);
}
