/*
 * A system that does little but IPC: a client that looks a file server up at a name server, once in
 * each round, and opens, writes, reads, checks and closes a file there. Three processes of one
 * program; the root task starts them and hears from the client after every batch of rounds.
 *
 * Everyone counts, so a message that is lost or served twice shows.
 */
#pragma once

#include "bench.h"

enum heavy_role { HEAVY_NAMES, HEAVY_FILES, HEAVY_CLIENT, HEAVY_ROLES };

/* One for each process, shared with the root task. */
struct heavy_page {
    volatile seL4_Word role;  /* set before the process runs */
    volatile seL4_Word count; /* requests: of the client, sent and answered; of a server, served */
    volatile seL4_Word errors;
};

#define HEAVY_PAGE 0x60000000ul

/* Slots of each process. */
#define SLOT_OWN   (CHILD_FIRST_FREE + 0) /* the endpoint that a server serves */
#define SLOT_NAMES (CHILD_FIRST_FREE + 1) /* the name server */
#define SLOT_CNODE (CHILD_FIRST_FREE + 2)
#define SLOT_TAKEN (CHILD_FIRST_FREE + 3) /* capabilities received, from here on */

/* Labels of requests. A name is NAME_WORDS words. Answers have label 0, or 1 for "no". */
enum heavy_label {
    NAMES_REGISTER = 1, /* a name and a capability */
    NAMES_LOOKUP,       /* a name; answers a capability */
    FILES_OPEN,         /* a name; answers a handle; makes what there is not */
    FILES_WRITE,        /* handle, offset in words, words... */
    FILES_READ,         /* handle, offset, count; answers words */
    FILES_STAT,         /* handle; answers the size in words */
    FILES_CLOSE,        /* handle */
    LABEL_REPORT        /* client to root: requests and cycles of a batch */
};

#define NAME_WORDS    4
#define BLOCK_WORDS   64
#define BLOCKS        4
#define HEAVY_ROUNDS  20 /* of a batch */
#define HEAVY_REQUEST 12 /* requests of a round */

/* ------------------------------------------------ of the root task; heavy_world.c */

void heavy_start(void);

/* Waits for the next batch and lets the client go on. The cycles that it took. */
seL4_Word heavy_batch(void);

/* Ends the guest if something was lost, doubled or wrong; else says how much was right. */
void heavy_check(void);
