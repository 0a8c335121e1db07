/* Where a debugger comes to: [HOST:]PORT, or a path with a slash in it. */
#ifndef SEL4UX_GDB_LISTEN_H
#define SEL4UX_GDB_LISTEN_H

#include <stddef.h>

#include "base/error.h"

#define LISTEN_TEXT 128

/*
 * A listening socket, or -errno with *err set. `words` becomes what GDB is to be given to come
 * there. Without a host it is 127.0.0.1: who reaches the port rules the machine.
 */
int gdb_listen(const char *address, char words[LISTEN_TEXT], struct error *err);

/* The next one who came; -1: nobody. Does not wait, and neither do reads and writes of it. */
int gdb_accept(int listener);

#endif
