/*
 * Scenes for tests of IPC and scheduling: threads with IPC buffers that issue real system calls,
 * with the model's invariants checked after every kernel entry.
 */
#ifndef SEL4UX_TESTS_SCENE_H
#define SEL4UX_TESTS_SCENE_H

#include "kernel/fault.h"
#include "kernel/ipc.h"
#include "kernel/mdb.h"
#include "kernel/sched.h"
#include "kernel_test.h"

#define SYSCALL_IP  0x401000 /* where the threads of a scene have their syscall instruction */
#define BUFFER_ADDR 0x10000000

static inline struct user_regs *regs(struct kernel *k, paddr tcb)
{
    return &kernel_tcb(k, tcb)->regs;
}

/* Gives `tcb` an IPC buffer with `rights`; returns where it lies. */
static inline paddr scene_buffer(struct kernel *k, paddr tcb, enum vm_rights rights)
{
    paddr frame = fake_alloc(k, PAGE_BITS);
    struct cap cap = {.frame = {.type = CAP_FRAME, .obj = frame, .rights = rights}};
    fake_put(k, fake_slot(tcb, TCB_BUFFER), cap);
    kernel_tcb(k, tcb)->ipc_buffer = BUFFER_ADDR;
    return frame;
}

/* An inactive thread with an IPC buffer. */
static inline paddr scene_thread(struct kernel *k, unsigned priority)
{
    paddr tcb = fake_thread(k, priority);
    scene_buffer(k, tcb, VM_READ_WRITE);
    regs(k, tcb)->rip = SYSCALL_IP;
    return tcb;
}

static inline void scene_ready(struct kernel *k, paddr tcb)
{
    kernel_tcb(k, tcb)->state = THREAD_RUNNING;
    sched_enqueue(k, tcb);
}

/* Makes `tcb` the running thread, and who ran before ready. */
static inline void scene_switch(struct kernel *k, paddr tcb)
{
    paddr old = k->current;
    fake_run(k, tcb);
    if (old && old != tcb && thread_is_runnable(kernel_tcb(k, old)))
        sched_enqueue(k, old);
}

/* Puts a copy of the capability in `source`, with `badge` and rights as in `cap`, into a slot. */
static inline void scene_copy(struct kernel *k, paddr source, paddr tcb, unsigned index,
                              struct cap cap)
{
    mdb_insert(k, cap, source, fake_thread_slot(k, tcb, index));
}

static inline void enter(struct kernel *k, struct stop stop)
{
    kernel_enter(k, &stop);
    assert_consistent(k);
}

static inline word info_word(word label, unsigned extra_caps, unsigned length)
{
    return message_info_to_word(
        (struct message_info){.label = label, .extra_caps = extra_caps, .length = length});
}

/* `tcb`, made the running thread, issues a system call. */
static inline void issue(struct kernel *k, paddr tcb, enum abi_syscall call, word cptr, word info)
{
    scene_switch(k, tcb);
    struct user_regs *r = regs(k, tcb);
    r->rdx = -(word)call;
    r->rdi = cptr;
    r->rsi = info;
    r->fault_ip = SYSCALL_IP;
    r->rip = SYSCALL_IP + 2;
    enter(k, (struct stop){.kind = STOP_SYSCALL});
}

static inline void set_mr(struct kernel *k, paddr tcb, unsigned i, word value)
{
    assert_true(ipc_set_mr(k, tcb, thread_ipc_buffer(k, tcb, true), i, value));
}

static inline word mr(struct kernel *k, paddr tcb, unsigned i)
{
    return ipc_get_mr(k, tcb, thread_ipc_buffer(k, tcb, false), i);
}

static inline word *buffer_words(struct kernel *k, paddr tcb)
{
    return ipc_buffer_words(k, thread_ipc_buffer(k, tcb, false));
}

static inline struct message_info info_of(struct kernel *k, paddr tcb)
{
    return message_info_from_word(regs(k, tcb)->rsi);
}

static inline unsigned state_of(struct kernel *k, paddr tcb)
{
    return kernel_tcb(k, tcb)->state;
}

static inline void assert_message(struct kernel *k, paddr tcb, word badge, word label,
                                  unsigned length)
{
    assert_int_equal(regs(k, tcb)->rdi, badge);
    assert_int_equal(info_of(k, tcb).label, label);
    assert_int_equal(info_of(k, tcb).length, length);
}

#endif
