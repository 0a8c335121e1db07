/*
 * Conformance checks of system calls. A thread makes the call; what comes of it is a fault that its
 * handler receives, or that it returned. Each check prints one line, "NAME/PATH: OUTCOME".
 */
#pragma once

#include "conform.h"

#define NO_SLOT (1ul << 40) /* the root CNode's guard does not match */
#define ENDLESS 0           /* in the other CSpace: a path that ends within a CNode */

/* For the call: the capability that it shall use, and what it can say besides "returned". */
extern seL4_CPtr try_cap;
extern const char *try_result;

/*
 * The receiving calls, which take a reply object with MCS: try_reply is the calling threads', and
 * never has anyone to reply to.
 */
#ifdef CONFIG_KERNEL_MCS
#define RECEIVE(call, source, badge, reply)       seL4_##call(source, badge, reply)
#define REPLY_RECV(source, message, badge, reply) seL4_ReplyRecv(source, message, badge, reply)
#define REPLY(message, reply)                     seL4_Send(reply, message)
#else
#define RECEIVE(call, source, badge, reply) ((void)(reply), seL4_##call(source, badge))
#define REPLY_RECV(source, message, badge, reply)                                                  \
    ((void)(reply), seL4_ReplyRecv(source, message, badge))
#define REPLY(message, reply) ((void)(reply), seL4_Reply(message))
#endif
extern seL4_CPtr try_reply;

/* What the calls are tried on. */
struct try_objects {
    seL4_CPtr endpoint, read_only_endpoint, write_only_endpoint;
    seL4_CPtr notification, read_only_notification, write_only_notification;
    seL4_CPtr others; /* a notification that is bound to the main thread */
    seL4_CPtr empty;  /* a slot */
};
extern struct try_objects try_on;

/* Must be called before all else. */
void try_init(void);

/* Lets a thread make the call and prints the outcome. */
void try(const char *name, const char *path, void (*call)(void), seL4_CPtr cap);

/* The same in a CSpace that has nothing but a path without an end. */
void try_endless(const char *name, const char *path, void (*call)(void));

/* Every way in which a receiving call can fail, but for those of its reply object. */
void try_receiving(const char *name, void (*receive)(void));
