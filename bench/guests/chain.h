/*
 * The message that goes through the chain of processes, and where each finds the next.
 */
#pragma once

#include "guest.h"

#define CHAIN_LENGTH 24
#define CHAIN_NEXT   CHILD_FIRST_FREE

/* Words of the message. */
enum { CHAIN_LEFT, CHAIN_PASSED, CHAIN_WORDS };
