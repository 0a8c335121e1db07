/*
 * Registers of aarch64: between a signal frame and the TCB, which has those of x86_64. Each of the
 * latter stands for one of the former: arguments for arguments, kept for kept; context_place has
 * them all. aarch64's other registers, its flags and the vector registers have no place in the TCB:
 * an interrupted thread keeps them in its signal frame.
 */
#include "hosted/hosted.h"
#include "hosted/aarch64/fault.h"

#define VECTOR_BREAKPOINT 3
#define VECTOR_UNDEFINED  6
#define VECTOR_ALIGNMENT  17
#define DEBUG_SINGLE_STEP BIT(14)
#define TRAP_OF_STEP      2 /* si_code TRAP_TRACE */
#define PSTATE_BTYPE      0xc00ull
#define STACK_ALIGNMENT   16

#define OFFSET(name) offsetof(struct user_regs, name)

/* entry.S loads them, too. */
static const struct place {
    uint8_t processor; /* of x0 to x30 */
    uint8_t offset;    /* in struct user_regs */
} places[] = {
    {0, OFFSET(rdi)},  {1, OFFSET(rsi)},  {2, OFFSET(rdx)},  {3, OFFSET(rcx)},  {4, OFFSET(r8)},
    {5, OFFSET(r9)},   {8, OFFSET(rax)},  {9, OFFSET(r10)},  {10, OFFSET(r11)}, {19, OFFSET(rbx)},
    {20, OFFSET(r12)}, {21, OFFSET(r13)}, {22, OFFSET(r14)}, {23, OFFSET(r15)}, {29, OFFSET(rbp)},
};

#define PLACES (sizeof places / sizeof places[0])

_Static_assert(offsetof(struct lane, system_stack) == 0, "entry.S");
_Static_assert(offsetof(struct lane, home) == 8, "entry.S");
_Static_assert(OFFSET(rip) == 0 && OFFSET(rsp) == 8 && OFFSET(rax) == 24, "entry.S");
_Static_assert(OFFSET(rdi) == 64 && OFFSET(rbp) == 72 && OFFSET(r15) == 136, "entry.S");

static uint64_t *register_at(struct user_regs *r, unsigned offset)
{
    return (uint64_t *)(void *)((char *)r + offset);
}

void context_save(struct user_regs *r, const ucontext_t *uc)
{
    const mcontext_t *m = &uc->uc_mcontext;

    r->rip = r->fault_ip = m->pc;
    r->rsp = m->sp;
    for (size_t i = 0; i < PLACES; i++)
        *register_at(r, places[i].offset) = m->regs[places[i].processor];
}

void context_load(const struct user_regs *r, ucontext_t *uc)
{
    mcontext_t *m = &uc->uc_mcontext;
    struct user_regs copy = *r;

    if (m->pc != r->rip)
        m->pstate &= ~PSTATE_BTYPE; /* it need not be the target of a branch */
    m->pc = r->rip;
    m->sp = r->rsp & ~(uint64_t)(STACK_ALIGNMENT - 1);
    for (size_t i = 0; i < PLACES; i++)
        m->regs[places[i].processor] = *register_at(&copy, places[i].offset);
}

uint64_t context_pc(const ucontext_t *uc)
{
    return uc->uc_mcontext.pc;
}

static void take_page_fault(uint64_t address, const ucontext_t *uc, struct trouble *t)
{
    t->is_page_fault = true;
    t->address = address;
    t->write = fault_is_write(uc, address);
    t->stop = (struct stop){.kind = STOP_VM_FAULT, .address = address};
    t->stop.code = kernel_fault_code(hosted_kernel(), hosted.vspace, address, t->write);
}

/* Exceptions are told by the vectors that x86 has for them. */
bool context_trouble(int signal, const siginfo_t *info, const ucontext_t *uc, struct trouble *t)
{
    *t = (struct trouble){.stop = {.kind = STOP_EXCEPTION}};
    if (signal == SIGSEGV || (signal == SIGBUS && info->si_code != BUS_ADRALN)) {
        take_page_fault((uint64_t)info->si_addr, uc, t);
        return true;
    }
    if (signal == SIGTRAP && info->si_code == TRAP_OF_STEP) {
        t->stop = (struct stop){
            .kind = STOP_DEBUG, .address = context_pc(uc), .number = DEBUG_SINGLE_STEP};
        return true;
    }
    t->stop.number = signal == SIGBUS    ? VECTOR_ALIGNMENT
                     : signal == SIGTRAP ? VECTOR_BREAKPOINT
                     : signal == SIGILL  ? VECTOR_UNDEFINED
                                         : 0;
    return true;
}
