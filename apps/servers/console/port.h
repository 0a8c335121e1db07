/*
 * What the console server, and whoever else drives a terminal, needs of it: serial.c (the 16550)
 * and terminal.c (the host's).
 *
 * Reading and writing move what can be moved now. When they moved nothing, an event comes as soon
 * as they would, if arm() was called with what is waited for.
 */
#pragma once

#include "guest.h"

#include <sel4ux/host.h>

#define PORT_END (-1l) /* there will be no more input */

/* What a port works with; it is the caller's and stays. */
struct port_devices {
    seL4_CPtr device;       /* I/O ports, or the terminal */
    seL4_CPtr irq;          /* serial: its interrupt */
    seL4_CPtr notification; /* terminal: what it is bound to */
    seL4_CPtr frame;        /* terminal: a frame, and where it is mapped */
    char *work;
};

struct port {
    long (*start)(const struct port_devices *devices); /* from here on it writes */
    long (*bind)(void);                                /* from here on events come */
    void (*acknowledge)(void);                         /* after an event */
    long (*read)(char *to, size_t bytes);              /* bytes, or PORT_END */
    size_t (*write)(const char *from, size_t bytes);   /* bytes */
    void (*arm)(bool input, bool output);              /* which of both is wanted */
    void (*size)(seL4_Word *columns, seL4_Word *rows);
};

extern const struct port port_serial, port_terminal;
