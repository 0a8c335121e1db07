/* The client's side of the console server, see console.h. */
#include "console.h"

long console_write(const struct client *client, const char *from, size_t bytes)
{
    for (size_t done = 0, n; done < bytes; done += n) {
        long error;

        n = bytes - done < client->bytes ? bytes - done : client->bytes;
        memcpy(client->buffer, from + done, n);
        error = client_call(client, CONSOLE_WRITE, 0, n, 0, 0);
        if (error < 0)
            return error;
    }
    return (long)bytes;
}

long console_read(const struct client *client, char *to, size_t bytes)
{
    size_t want = bytes < client->bytes ? bytes : client->bytes;
    long n = client_call(client, CONSOLE_READ, 0, want, 0, 0);

    if (n > 0)
        memcpy(to, client->buffer, (size_t)n);
    return n;
}
