/*
 * Faults: delivered as messages to the thread's handler; the reply may change its registers.
 * k->fault holds the fault being raised.
 */
#ifndef SEL4UX_KERNEL_FAULT_H
#define SEL4UX_KERNEL_FAULT_H

#include "kernel/ipc.h"

/* x86 vectors that seL4 treats in a way of their own. */
#define EXCEPTION_DEBUG      1
#define EXCEPTION_BREAKPOINT 3

/* Delivers k->fault of `tcb` to its fault handler, or stops the thread and reports it. */
void fault_handle(struct kernel *k, paddr tcb);

/* MCS: tells the timeout handler of `tcb`, which must have one, that its budget is used up. */
bool fault_has_timeout_handler(struct kernel *k, paddr tcb);
void fault_handle_timeout(struct kernel *k, paddr tcb);

/* Remembers, for people, that `cptr` was no capability that `tcb` could use; k->lookup_fault says
 * why. */
void fault_note_lookup(struct kernel *k, paddr tcb, word cptr, bool in_receive);

/* Raises the cap fault on `cptr` that k->lookup_fault describes. */
void fault_raise_cap(struct kernel *k, paddr tcb, word cptr, bool in_receive);

/* Writes the fault of `sender` into `receiver`'s message; returns its info (label and length). */
struct message_info fault_set_message(struct kernel *k, paddr sender, paddr receiver, paddr buffer);

/* Applies a reply to a faulted thread. True: restart the thread at once. */
bool fault_reply(struct kernel *k, paddr replier, paddr faulted);

/* Message words of a lookup failure, from word `first` on; returns the next free index. */
unsigned fault_set_lookup_message(struct kernel *k, paddr receiver, paddr buffer, unsigned first,
                                  const struct lookup_fault *fault);

#endif
