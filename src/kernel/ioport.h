/* I/O port capabilities. */
#ifndef SEL4UX_KERNEL_IOPORT_H
#define SEL4UX_KERNEL_IOPORT_H

#include "kernel/invocation.h"

enum outcome decode_io_port_control(struct kernel *k, struct invocation *inv);
enum outcome decode_io_port(struct kernel *k, struct invocation *inv);
void ioport_free(struct kernel *k, unsigned first, unsigned last);

#endif
