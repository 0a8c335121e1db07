/* How this host lets processes change their FS and GS bases. */
#ifndef SEL4UX_ENGINE_INPROC_BASES_H
#define SEL4UX_ENGINE_INPROC_BASES_H

#include "stub/layout.h"

enum bases bases_of_host(void);

#endif
