/*
 * Registers between the signal frame that Linux made and the TCB of the current thread.
 *
 * Floating-point state is in the frame only (Linux gives the handler a clean one, and this code
 * uses none). It is saved at every entry, because the thread may be gone when the machine is done.
 * The thread that goes on has it loaded, from the frame if it is the same one: that has also what a
 * TCB has no room for.
 */
#include "stub/bases.h"
#include "stub/patch.h"
#include "stub/stub.h"

#define FX_SIZE        416 /* registers in the legacy area; what follows is Linux's */
#define FX_MXCSR       24
#define MXCSR_DEFAULT  0x1f80
#define XSAVE_HEADER   512
#define XSAVE_AVX      576
#define XSAVE_AVX_SIZE 256
#define XSAVE_KEPT     7ull /* x87, SSE, AVX: what a TCB has room for */
#define XSAVE_HAS_AVX  4ull

#define FLAG_RESERVED 0x2
#define FLAG_TF       0x100
#define FLAG_IF       0x200
#define FLAG_RF       0x10000
#define FLAG_AC       0x40000

static uint64_t *header_of(void *area)
{
    return (uint64_t *)((char *)area + XSAVE_HEADER);
}

static bool has_xsave(const struct _fpstate_64 *frame)
{
    return frame->sw_reserved.magic1 == FP_XSTATE_MAGIC1 &&
           frame->sw_reserved.xstate_size >= FPU_AREA_SIZE;
}

void regs_save_fpu(struct tcb *tcb, const struct ucontext *uc)
{
    const struct _fpstate_64 *frame = (const void *)uc->uc_mcontext.fpstate;

    __builtin_memcpy(tcb->fpu, frame, FX_SIZE);
    if (!has_xsave(frame))
        return;
    uint64_t present = *header_of((void *)frame) & XSAVE_KEPT;
    *header_of(tcb->fpu) = present;
    if (present & XSAVE_HAS_AVX)
        __builtin_memcpy(tcb->fpu + XSAVE_AVX, (const char *)frame + XSAVE_AVX, XSAVE_AVX_SIZE);
}

static void fpu_load(const struct tcb *tcb, struct ucontext *uc)
{
    struct _fpstate_64 *frame = (void *)uc->uc_mcontext.fpstate;
    uint64_t present = *header_of((void *)tcb->fpu);
    uint32_t mxcsr;

    __builtin_memcpy(frame, tcb->fpu, FX_SIZE);
    /* A thread that never ran: MXCSR is read whatever the header says. */
    __builtin_memcpy(&mxcsr, tcb->fpu + FX_MXCSR, sizeof(mxcsr));
    if (mxcsr == 0 && present == 0)
        frame->mxcsr = MXCSR_DEFAULT;
    if (!has_xsave(frame)) {
        if (mxcsr == 0)
            frame->cwd = 0x37f;
        return;
    }
    if (present & XSAVE_HAS_AVX)
        __builtin_memcpy((char *)frame + XSAVE_AVX, tcb->fpu + XSAVE_AVX, XSAVE_AVX_SIZE);
    /* What the header leaves out becomes initial, so nothing leaks from the thread before. */
    *header_of(frame) = present;
}

void regs_save(struct lane *lane, const struct ucontext *uc)
{
    const struct sigcontext *sc = &uc->uc_mcontext;
    struct tcb *tcb = kernel_current(&lane->machine->kernel);
    struct user_regs *r = &tcb->regs;

    r->rip = r->fault_ip = sc->rip;
    r->rsp = sc->rsp;
    /* The processor's note that it restarts an instruction; QEMU's has none, so guests see none. */
    r->rflags = sc->eflags & ~(uint64_t)FLAG_RF;
    r->rax = sc->rax;
    r->rbx = sc->rbx;
    r->rcx = sc->rcx;
    r->rdx = sc->rdx;
    r->rsi = sc->rsi;
    r->rdi = sc->rdi;
    r->rbp = sc->rbp;
    r->r8 = sc->r8;
    r->r9 = sc->r9;
    r->r10 = sc->r10;
    r->r11 = sc->r11;
    r->r12 = sc->r12;
    r->r13 = sc->r13;
    r->r14 = sc->r14;
    r->r15 = sc->r15;
    if (lane->steps)
        r->rflags &= ~(uint64_t)FLAG_TF;
    bases_save(lane, r);
    regs_save_fpu(tcb, uc);
    lane->thread = lane->machine->kernel.current;
    lane->frame_fpu = sc->fpstate;
    lane->machine->kernel.fpu_thread = 0;
}

uint64_t regs_flags(const struct user_regs *regs)
{
    /* seL4 never turns alignment checks on, so the flag has no effect there. */
    return (regs->rflags & ~(uint64_t)FLAG_AC) | FLAG_IF | FLAG_RESERVED;
}

void regs_load(struct lane *lane, struct ucontext *uc)
{
    struct sigcontext *sc = &uc->uc_mcontext;
    struct tcb *tcb = kernel_current(&lane->machine->kernel);
    struct user_regs *r = &tcb->regs;

    lane->regs = r;
    uint64_t rip = r->rip, rsp = r->rsp;
    patch_go_behind(r, &rip, &rsp);
    sc->rip = rip;
    sc->rsp = rsp;
    sc->eflags = regs_flags(r);
    lane->steps = machine_steps(lane->machine) && !(r->rflags & FLAG_TF);
    if (lane->steps)
        sc->eflags |= FLAG_TF;
    sc->rax = r->rax;
    sc->rbx = r->rbx;
    sc->rcx = r->rcx;
    sc->rdx = r->rdx;
    sc->rsi = r->rsi;
    sc->rdi = r->rdi;
    sc->rbp = r->rbp;
    sc->r8 = r->r8;
    sc->r9 = r->r9;
    sc->r10 = r->r10;
    sc->r11 = r->r11;
    sc->r12 = r->r12;
    sc->r13 = r->r13;
    sc->r14 = r->r14;
    sc->r15 = r->r15;
    bases_load(lane, r);
    breakpoint_load(lane);
    if (lane->thread != lane->machine->kernel.current) {
        fpu_load(tcb, uc);
        lane->thread = lane->machine->kernel.current;
    }
    lane->machine->kernel.fpu_thread = lane->thread;
}
