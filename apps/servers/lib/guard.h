/*
 * A thread of the root task that looks after servers, for those who call them and could not wait
 * for ever: one that faults, or gives up, refuses all requests from then on with SERVER_IO, the one
 * that it was at included. What it did for others is lost; what it was given stays with it.
 */
#pragma once

#include "manager.h"

/* `notification` is signalled when a server has failed. */
void guard_init(seL4_CPtr notification);

/* What manager_load() wants for `faults`; the thread is made when this is first asked for. */
seL4_CPtr guard_faults(void);

#define GUARD_WORDS 128

struct guard_failure {
    const char *name;
    char words[GUARD_WORDS]; /* its last line, if it said one */
};

/* One that has failed and was not asked for yet; false: there is none. */
bool guard_take_failure(struct guard_failure *failure);
