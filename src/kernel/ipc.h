/*
 * Messages: message info, message registers, and the transfer of words and capabilities from one
 * thread to another.
 */
#ifndef SEL4UX_KERNEL_IPC_H
#define SEL4UX_KERNEL_IPC_H

#include "kernel/thread.h"

#define MSG_MAX_LENGTH 120
#define MSG_REGISTERS  4 /* r10, r8, r9, r15; the rest lies in the IPC buffer */

struct message_info {
    word label;
    unsigned caps_unwrapped, extra_caps, length;
};

struct message_info message_info_from_word(word w); /* length is cut to the maximum */
word message_info_to_word(struct message_info info);

word ipc_get_mr(struct kernel *k, paddr tcb, paddr buffer, unsigned i);
/* Writes message word i; beyond the registers only when there is a buffer. True if it was written.
 */
bool ipc_set_mr(struct kernel *k, paddr tcb, paddr buffer, unsigned i, word value);

/* As ipc_set_mr; returns the length of a message that ends here: i + 1, or only the registers. */
unsigned ipc_set_next_mr(struct kernel *k, paddr tcb, paddr buffer, unsigned i, word value);

/* The slots of the capabilities that a message passes. */
struct extra_caps {
    unsigned count;
    paddr slot[MAX_EXTRA_CAPS];
    word failed_cptr; /* when the look-up failed */
};

/* Looks up `count` capabilities as `buffer` names them; all or none. False: k->lookup_fault. */
bool ipc_lookup_extra_caps(struct kernel *k, paddr sender, paddr buffer, unsigned count,
                           struct extra_caps *extra);

/* Queues of the threads that an endpoint or a notification blocks, linked through tcb.ep_*: in
 * order of their coming; with MCS of priority, and among equals of their coming. */
void ipc_queue_add(struct kernel *k, struct tcb_queue *q, paddr tcb);
void ipc_queue_remove(struct kernel *k, struct tcb_queue *q, paddr tcb);

static inline void ipc_set_badge(struct tcb *t, word badge)
{
    t->regs.rdi = badge;
}

static inline void ipc_set_info(struct tcb *t, struct message_info info)
{
    t->regs.rsi = message_info_to_word(info);
}

/*
 * Transfers from `sender` (its message, or its pending fault) to `receiver`. `endpoint` is the one
 * it goes through (0: a reply), for unwrapping capabilities to it.
 */
void ipc_transfer(struct kernel *k, paddr sender, paddr endpoint, word badge, bool grant,
                  paddr receiver);

/* The layout of struct seL4_IPCBuffer, in words. */
enum {
    IPC_BUF_TAG = 0,
    IPC_BUF_MSG = 1,
    IPC_BUF_USER_DATA = 121,
    IPC_BUF_CAPS = 122,
    IPC_BUF_RECV_CNODE = 125,
    IPC_BUF_RECV_INDEX = 126,
    IPC_BUF_RECV_DEPTH = 127
};

static inline word *ipc_buffer_words(struct kernel *k, paddr buffer)
{
    return kernel_at(k, buffer);
}

#endif
