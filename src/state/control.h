/*
 * The monitor's socket: where `sel4ux inspect` asks for a machine. A conversation, in packets:
 *
 *     monitor     struct control_hello, with the machine's memory, read-only
 *     inspector   CONTROL_PAUSE
 *     monitor     CONTROL_PAUSED, once the machine stands still
 *     inspector   closes; the machine goes on. Either end may close at any time.
 *
 * Who takes longer than CONTROL_PATIENCE is cut off. Only the user of the monitor, and root, may
 * talk to it.
 */
#ifndef SEL4UX_STATE_CONTROL_H
#define SEL4UX_STATE_CONTROL_H

#include "host/memory.h"
#include "host/pausing.h"
#include "host/watch.h"
#include "state/folder.h"

#define CONTROL_MAGIC    "sel4uxC"
#define CONTROL_PATIENCE 10000000000ull /* ns */
#define CONTROL_CLIENTS  4              /* at once; others are sent away */

struct control_hello {
    char magic[8];
    uint32_t version;
    uint64_t memory_size; /* of the file that comes along */
};

#define CONTROL_VERSION 1

enum control_word { CONTROL_PAUSE = 'P', CONTROL_PAUSED = 'S' };

struct control;

struct control_client {
    struct watcher watcher;
    struct control *control;
    bool wants_pause, was_told;
};

struct control {
    struct watcher listener;
    struct watch_list *watchers;
    struct pausing *pausing;
    int memory; /* opened again, read-only */
    struct control_hello hello;
    char folder[FOLDER_PATH_SIZE];
    struct control_client client[CONTROL_CLIENTS];
};

/*
 * A machine can be run without: when the socket can't be made, it just can't be found. Nothing else
 * of `c` needs to be set before.
 */
void control_open(struct control *c, const struct machine_memory *memory,
                  struct watch_list *watchers, struct pausing *pausing);

/* Also when it was never opened, but is all zero. */
void control_close(struct control *c);

#endif
