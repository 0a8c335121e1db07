/*
 * Two hosts on one wire, which loses, doubles and delays frames as told; and what must always hold
 * of a stack. Time is the test's own.
 */
#pragma once

#include "parts.h"

#define WIRE_FRAMES 4096
#define MS          1000000ull

struct wire_frame {
    struct ip *to; /* NULL: free */
    uint64_t at;
    size_t bytes;
    uint8_t data[IP_FRAME];
};

struct world {
    uint64_t now, random;
    unsigned int lost, doubled, late; /* of 1000 frames */
    unsigned long sent;
    struct ip a, b;
    struct wire_frame wire[WIRE_FRAMES];
};

/* 10.0.0.1 and 10.0.0.2. */
#define A 0x0a000001u
#define B 0x0a000002u

/* There is one world; a is told of frames by `now`. */
struct world *world_new(uint64_t seed);

/* Lets time pass, with all that happens in it. */
void world_run(struct world *w, uint64_t ns);

/* A connection from a to port 80 of b, both ends accepted. */
void world_connect(struct world *w, int *at_a, int *at_b, int *listener);

/* Aborts with a message when something is wrong with the stack's state. */
void ip_check(const struct ip *ip);
