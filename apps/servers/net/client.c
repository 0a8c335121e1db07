/* The network server's client library, see net.h. */
#include "net.h"

static long take_address(long result, struct net_address *from)
{
    from->address = result < 0 ? 0 : seL4_GetMR(1);
    from->port = result < 0 ? 0 : seL4_GetMR(2);
    return result;
}

long net_wait(const struct client *client, seL4_Word *events)
{
    long socket = client_call(client, NET_WAIT, 0, 0, 0, 0);

    *events = socket < 0 ? 0 : seL4_GetMR(1);
    return socket;
}

long net_wait_for(const struct client *client, long socket, seL4_Word events)
{
    long result = net_watch(client, socket, events);

    return result < 0 ? result : net_wait(client, &events);
}

long net_accept(const struct client *client, long listener, struct net_address *from)
{
    return take_address(client_call(client, NET_ACCEPT, (seL4_Word)listener, 0, 0, 0), from);
}

long net_accept_wait(const struct client *client, long listener, struct net_address *from)
{
    long result, error = 0;

    while ((result = net_accept(client, listener, from)) == -SERVER_AGAIN && error >= 0)
        error = net_wait_for(client, listener, NET_READABLE);
    return error < 0 ? error : result;
}

/* Whether a connection has come about is told by sending nothing. */
long net_connect_wait(const struct client *client, seL4_Word address, seL4_Word port)
{
    long socket = client_call(client, NET_CONNECT, address, port, 0, 0), error;

    if (socket < 0)
        return socket;
    error = net_wait_for(client, socket, NET_WRITABLE);
    if (error >= 0)
        error = client_call(client, NET_SEND, (seL4_Word)socket, 0, 0, 0);
    if (error >= 0)
        return socket;
    net_close(client, socket);
    return error;
}

long net_send_wait(const struct client *client, long socket, const void *from, size_t bytes)
{
    size_t done = 0;

    while (done < bytes) {
        size_t n = bytes - done < client->bytes ? bytes - done : client->bytes;
        long sent;

        memcpy(client->buffer, (const char *)from + done, n);
        sent = client_call(client, NET_SEND, (seL4_Word)socket, 0, n, 0);
        if (sent == -SERVER_AGAIN)
            sent = net_wait_for(client, socket, NET_WRITABLE) < 0 ? -SERVER_IO : 0;
        if (sent < 0)
            return sent;
        done += (size_t)sent;
    }
    return (long)bytes;
}

long net_receive_wait(const struct client *client, long socket, void *to, size_t bytes)
{
    size_t most = bytes < client->bytes ? bytes : client->bytes;
    long got, error = 0;

    while ((got = client_call(client, NET_RECEIVE, (seL4_Word)socket, 0, most, 0)) ==
               -SERVER_AGAIN &&
           error >= 0)
        error = net_wait_for(client, socket, NET_READABLE);
    if (error < 0)
        return error;
    if (got > 0)
        memcpy(to, client->buffer, (size_t)got);
    return got;
}
