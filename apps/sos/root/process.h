/*
 * Processes: a table of fixed entries (struct task), each with its bank of kernel objects.
 *
 * A process has at most one system call under way. One that has to wait leaves the call in its
 * entry, with why it waits; when that may have come about the call is simply carried out again.
 * What a call has already done is in `done`. So to kill a process is to forget its call.
 *
 * All that a process owns is given back when it ends; only its entry stays, until its parent has
 * asked for the status.
 */
#pragma once

#include "pipe.h"
#include "space.h"

#define MAX_PROCESSES 32
#define INIT_PID      1

enum wait {
    WAIT_NOTHING,
    WAIT_INPUT,
    WAIT_OUTPUT,
    WAIT_PIPE,
    WAIT_CHILD,
    WAIT_TIME,
    WAIT_NET,
    WAIT_POLL
};

struct call {
    seL4_Word number;
    seL4_Word argument[4];
    seL4_Word done;    /* bytes that are written, or the time when a sleep ends */
    seL4_CPtr reply;   /* while it waits: where its answer goes */
    enum wait waiting; /* for what */
};

struct task {
    int pid; /* 0: the entry is free */
    int parent, job;
    bool zombie;
    int status;
    char name[SOS_NAME_MAX];
    struct bank bank;
    struct space space;
    struct inode *program;
    seL4_CPtr tcb;
    struct region *heap;
    seL4_Word brk;
    struct open_file *files[SOS_FDS];
    struct call call;
};

/* How to start one; the paths and arguments are the root task's own memory. */
struct spawn {
    const char *path;
    const char *arguments;
    size_t bytes;
    struct open_file *in, *out;
    int parent, job;
};

void process_init(seL4_CPtr endpoint);

/* The new process's id, or an error. */
long process_spawn(const struct spawn *spawn);

/* Ends a process; it may be the one whose call is being served. */
void process_end(struct task *process, int status);

/* The living process with this id, or NULL. */
struct task *process_find(int pid);

/* The entries, zombies included; NULL after the last. */
struct task *process_at(unsigned int index);

/* Kills all processes of a job. */
void process_kill_job(int job);

/*
 * Takes the status of a child of `parent` that has ended (any if pid is 0) and frees its entry.
 * Its id; 0 when there are children but none has ended; -SOS_ECHILD when there are none.
 */
long process_reap(int parent, int pid, int *status);

/* Those that wait for this, and those of WAIT_POLL, are to try again, before the next message is
 * received. */
void process_wake(enum wait what);

/* What has been woken since the last time: bit N for `enum wait` N. */
unsigned int process_take_wakes(void);

void process_info(struct task *process, struct sos_process *info);
