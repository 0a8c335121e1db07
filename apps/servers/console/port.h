/*
 * What the console server needs of a terminal: serial.c (the 16550) and terminal.c (the host's).
 *
 * Both functions move what can be moved now. When one moved nothing, the server's event 0 comes as
 * soon as it would: arm() is called with what is waited for before the server waits.
 */
#pragma once

#include "../lib/server.h"
#include "console.h"

#define PORT_END (-1l) /* there will be no more input */

struct port {
    long (*start)(void);
    void (*acknowledge)(void);                       /* after an event */
    long (*read)(char *to, size_t bytes);            /* bytes, or PORT_END */
    size_t (*write)(const char *from, size_t bytes); /* bytes */
    void (*arm)(bool input, bool output);            /* which of both is wanted */
    void (*size)(seL4_Word *columns, seL4_Word *rows);
};

extern const struct port port_serial, port_terminal;
