/* Whether the host's debug registers can be a guest's hardware breakpoints. */
#ifndef SEL4UX_ENGINE_BREAKPOINTS_H
#define SEL4UX_ENGINE_BREAKPOINTS_H

#include "machine/machine.h"

/*
 * Has the machine emulate them if not: if they are accepted and nothing ever hits them, as under
 * some hypervisors. What can't be tried counts as working. For an engine, before guests run.
 */
void breakpoints_try_host(struct machine *m);

#endif
