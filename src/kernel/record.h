/*
 * What happens within a kernel entry, told to whoever records it: see platform_record(). Each
 * function is called behind record_wanted(), so that a kernel that nobody records pays for one
 * predicted branch where something happens, and changes nothing of the model's state.
 */
#ifndef SEL4UX_KERNEL_RECORD_H
#define SEL4UX_KERNEL_RECORD_H

#include "kernel/kernel.h"

static inline bool record_wanted(const struct kernel *k)
{
    return __builtin_expect(k->recording, false);
}

/* A message (or a fault, or the reply to one) has arrived; `endpoint` 0: as a reply. `info` is the
 * message info as the receiver sees it. */
void record_message(struct kernel *k, paddr sender, paddr receiver, paddr endpoint, word badge,
                    word info);

/* A signal; `woken` 0: nobody waited, the notification keeps it. And a kept one that is taken. */
void record_signal(struct kernel *k, paddr ntfn, paddr woken, word badge);
void record_taken(struct kernel *k, paddr ntfn, paddr receiver, word badge);

/* k->fault of `tcb`, on its way to a handler if there is one. */
void record_fault(struct kernel *k, paddr tcb);

/* An invocation of another object than those that messages and signals go to, and its failure:
 * k->error. */
void record_invocation(struct kernel *k, struct cap cap, word label);
void record_failure(struct kernel *k);

/* The page table entry (0: none any more) for the 2^bits bytes at `vaddr`. */
void record_mapping(struct kernel *k, paddr pml4, word vaddr, unsigned bits, word entry);

/* `count` objects of 2^bits bytes from `base` on. */
void record_retype(struct kernel *k, unsigned type, paddr base, unsigned bits, word count);

/* A thread is there or has another name; it has another VSpace root; it is gone; so is a VSpace. */
void record_name(struct kernel *k, paddr tcb);
void record_space(struct kernel *k, paddr tcb);
void record_thread_gone(struct kernel *k, paddr tcb);
void record_space_gone(struct kernel *k, paddr pml4);

#endif
