/*
 * What the parts of the runtime share; guests include guest.h.
 */
#pragma once

#include "guest.h"

/* Called by _start; one of root.c and child.c defines it. */
__attribute__((noreturn)) void guest_start(seL4_Word argument);

/* Makes a copy of the program's thread-local storage in `block`; returns what FS shall point at. */
char *tls_init(char *block, size_t bytes);

/* Points FS at `tls` for the calling thread, whose TCB capability is `tcb`. */
void tls_use(char *tls, seL4_CPtr tcb);

/* Chooses where root tasks print to. */
void console_init(void);
