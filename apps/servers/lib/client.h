/*
 * A client's side of a session.
 */
#pragma once

#include "protocol.h"

struct client {
    seL4_CPtr endpoint;
    char *buffer; /* shared with the server */
    size_t bytes;
};

/* The session that was opened as number `index` for this process, with a buffer of `bytes`. */
static inline struct client client_session(unsigned int index, size_t bytes)
{
    return (struct client){CLIENT_SESSIONS + index, server_buffer_address(index, bytes), bytes};
}

/* The result; further words of the answer are in the message registers from 1 on. */
static inline long client_call(const struct client *client, seL4_Word label, seL4_Word a,
                               seL4_Word b, seL4_Word c, seL4_Word d)
{
    seL4_CallWithMRs(client->endpoint, seL4_MessageInfo_new(label, 0, 0, 4), &a, &b, &c, &d);
    seL4_SetMR(1, b);
    seL4_SetMR(2, c);
    seL4_SetMR(3, d);
    return (long)a;
}

/* What an error of a server is called. */
const char *server_error_text(long error);
