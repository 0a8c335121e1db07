/*
 * A system call between the caller's frame and the TCB. Its registers are those of the real
 * kernel's ABI for x86_64 (kernel/syscall.c), whatever the host's processor is: who makes the call
 * gives words, not registers.
 *
 * To whom looks at the TCB, the instruction that entered the kernel lies SYSTEM_CALL_SIZE before
 * the address that the call returns to; a thread that is sent there executes the call again.
 */
#include "hosted/hosted.h"

#include "base/processor.h"

/* What the entry code of every processor leaves: the caller's frame pointer, and its stack above.
 */
struct call_frame {
    uint64_t base, return_address, above[];
};

void context_of_call(struct user_regs *r, uint64_t number, const struct sel4_trap *t,
                     const struct call_frame *frame)
{
    r->rip = frame->return_address;
    r->fault_ip = frame->return_address - SYSTEM_CALL_SIZE;
    r->rsp = (uint64_t)frame->above;
    r->rbp = frame->base;
    r->rdx = number;
    r->rdi = t->cap;
    r->rsi = t->info;
    r->r10 = t->mr[0];
    r->r8 = t->mr[1];
    r->r9 = t->mr[2];
    r->r15 = t->mr[3];
    r->r12 = t->reply;
    r->r13 = t->dest;
}

uint64_t context_number(const struct user_regs *r)
{
    return r->rdx;
}

void context_result(const struct user_regs *r, struct sel4_trap *t)
{
    t->cap = r->rdi;
    t->info = r->rsi;
    t->mr[0] = r->r10;
    t->mr[1] = r->r8;
    t->mr[2] = r->r9;
    t->mr[3] = r->r15;
}

bool context_returns(const struct user_regs *r, const struct call_frame *frame)
{
    return r->rip == frame->return_address && r->rsp == (uint64_t)frame->above;
}

bool context_restarts(struct user_regs *r, const struct call_frame *frame)
{
    if (r->rip != frame->return_address - SYSTEM_CALL_SIZE || r->rsp != (uint64_t)frame->above)
        return false;
    r->fault_ip = r->rip;
    r->rip += SYSTEM_CALL_SIZE;
    return true;
}
