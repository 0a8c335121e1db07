/* One packet: what it asks for, and the reply. */
#ifndef SEL4UX_GDB_DISPATCH_H
#define SEL4UX_GDB_DISPATCH_H

#include "gdb/session.h"

/* Answers the packet in the decoder with `reply`, unless it becomes `silent`. */
void gdb_dispatch(struct gdb *g);

#endif
