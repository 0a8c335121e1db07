/*
 * What the root task and the clients of this guest agree on. Each client has a session with every
 * server, in the order of enum standard, and asks the root task what it is for.
 */
#pragma once

#include "../lib/standard.h"
#include "../block/block.h"
#include "../console/console.h"
#include "../file/file.h"
#include "../random/random.h"
#include "../timer/timer.h"

enum demo_label {
    DEMO_ROLE = 0x60, /* -> enum demo_role, kind of victim */
    DEMO_STRESS,      /* rounds: clients killed, negative: something was lost */
    DEMO_COUNT,       /* enum standard -> sessions, waiting, kept, all without this client's */
    DEMO_MORE,        /* witness: rounds so far; 1 to go on, 0 to end */
    DEMO_FAILED,      /* witness: what it saw was wrong */
    DEMO_BREAK,       /* enum standard: that server goes wrong with its next message */
};

enum demo_role { DEMO_SHELL, DEMO_VICTIM, DEMO_WITNESS };

/* In a client's CSpace: its own CNode, and where it receives capabilities. */
enum { DEMO_CNODE = 40, DEMO_RECEIVED };

/* The root task's badges: a client's number, from 1 on. */
enum { CLIENT_SHELL, CLIENT_VICTIM, CLIENT_WITNESS, CLIENTS };

/* What a victim does over and over until it is killed. */
enum victim_kind {
    VICTIM_CONSOLE_WRITE,
    VICTIM_CONSOLE_READ,
    VICTIM_FILE_OPEN,
    VICTIM_FILE_READ,
    VICTIM_FILE_WRITE,
    VICTIM_FILE_SEEK,
    VICTIM_FILE_STAT,
    VICTIM_FILE_TRUNCATE,
    VICTIM_FILE_SYNC,
    VICTIM_FILE_LIST,
    VICTIM_FILE_DIRECTORY,
    VICTIM_FILE_RENAME,
    VICTIM_FILE_DIRECT,
    VICTIM_BLOCK_READ,
    VICTIM_BLOCK_WRITE,
    VICTIM_BLOCK_SYNC,
    VICTIM_TIMER_SLEEP,
    VICTIM_TIMER_WAIT,
    VICTIM_TIMER_NOW,
    VICTIM_RANDOM,
    VICTIM_HOSTILE,
    VICTIM_KINDS,
};

/* In the root task: main.c, stress.c, output.c. */
extern struct service demo_services[STANDARD_COUNT];
extern struct member demo_clients[CLIENTS];
extern bool demo_victim_runs;
void demo_start_client(unsigned int number);
void demo_serve_waiting(void); /* answers all messages that are there now */
seL4_Word demo_random(void);
long demo_stress(seL4_Word rounds);
void demo_witness_says(seL4_Word label, seL4_Word word);
bool demo_witness_goes_on(void);
void output_init(void);
__attribute__((noreturn)) void output_end(void);

/* In clients: client.c, commands.c, victim.c, hostile.c. */
extern struct client demo_session[STANDARD_COUNT];
void client_shell(void);
__attribute__((noreturn)) void client_victim(enum victim_kind kind);
unsigned int client_hostile(unsigned long seed, unsigned int requests);
