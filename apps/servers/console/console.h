/*
 * The console server: one terminal for many sessions.
 *
 * What a session writes at once comes out in one piece. Input goes to who has asked first: a line,
 * edited and echoed (cooked), or bytes as they come (raw), as that session wants it. Ctrl-C ends
 * the request of who reads in cooked mode with SERVER_INTERRUPTED.
 */
#pragma once

#include "../lib/client.h"

enum console_label {
    CONSOLE_WRITE = SERVER_FIRST, /* buffer: offset, length: all of it */
    CONSOLE_READ,                 /* buffer: offset, length: bytes; 0 at the end of input */
    CONSOLE_MODE,                 /* CONSOLE_COOKED or CONSOLE_RAW, of this session */
    CONSOLE_SIZE,                 /* -> columns, rows; 0, 0 where nobody knows */
    CONSOLE_LABEL_END,
};

enum { CONSOLE_COOKED, CONSOLE_RAW };

/* SERVER_START's first word. */
enum console_backend { CONSOLE_BACKEND_SERIAL, CONSOLE_BACKEND_HOST };

/* From and to the client's own memory. */
long console_write(const struct client *client, const char *from, size_t bytes);
long console_read(const struct client *client, char *to, size_t bytes);

static inline long console_mode(const struct client *client, seL4_Word mode)
{
    return client_call(client, CONSOLE_MODE, mode, 0, 0, 0);
}
