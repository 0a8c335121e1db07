/*
 * Time: the time stamp counter tells it, the PIT interrupts when somebody has slept enough.
 *
 * The PIT is set for the next such moment only (or for as far as it can count); nothing ticks.
 */
#pragma once

#include "guest.h"

void timer_start(seL4_CPtr notification);
void timer_interrupt(void);

/* Nanoseconds since boot. */
seL4_Word timer_now(void);

/* WAIT_TIME is woken at this time, perhaps before: who is early asks again. */
void timer_wake_at(seL4_Word time);
