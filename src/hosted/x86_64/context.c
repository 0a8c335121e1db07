/* Registers of x86_64: between a signal frame and the TCB, where each has its own place. */
#include "hosted/hosted.h"

#define VECTOR_DEBUG      1
#define VECTOR_BREAKPOINT 3
#define VECTOR_PAGE_FAULT 14
#define PAGE_FAULT_WRITE  2
#define DEBUG_SINGLE_STEP BIT(14)
#define TRAP_OF_STEP      2 /* si_code TRAP_TRACE */
#define FLAG_RF           0x10000
#define FLAG_IF           0x200
#define FLAG_RESERVED     0x2

_Static_assert(offsetof(struct lane, system_stack) == 0, "entry.S");
_Static_assert(offsetof(struct lane, home) == 8, "entry.S");
_Static_assert(offsetof(struct user_regs, rflags) == 16, "entry.S");
_Static_assert(offsetof(struct user_regs, rdi) == 64, "entry.S");
_Static_assert(offsetof(struct user_regs, r15) == 136, "entry.S");

void context_save(struct user_regs *r, const ucontext_t *uc)
{
    const greg_t *g = uc->uc_mcontext.gregs;

    r->rip = r->fault_ip = (uint64_t)g[REG_RIP];
    r->rsp = (uint64_t)g[REG_RSP];
    r->rflags = (uint64_t)g[REG_EFL] & ~(uint64_t)FLAG_RF;
    r->rax = (uint64_t)g[REG_RAX];
    r->rbx = (uint64_t)g[REG_RBX];
    r->rcx = (uint64_t)g[REG_RCX];
    r->rdx = (uint64_t)g[REG_RDX];
    r->rsi = (uint64_t)g[REG_RSI];
    r->rdi = (uint64_t)g[REG_RDI];
    r->rbp = (uint64_t)g[REG_RBP];
    r->r8 = (uint64_t)g[REG_R8];
    r->r9 = (uint64_t)g[REG_R9];
    r->r10 = (uint64_t)g[REG_R10];
    r->r11 = (uint64_t)g[REG_R11];
    r->r12 = (uint64_t)g[REG_R12];
    r->r13 = (uint64_t)g[REG_R13];
    r->r14 = (uint64_t)g[REG_R14];
    r->r15 = (uint64_t)g[REG_R15];
}

void context_load(const struct user_regs *r, ucontext_t *uc)
{
    greg_t *g = uc->uc_mcontext.gregs;

    g[REG_RIP] = (greg_t)r->rip;
    g[REG_RSP] = (greg_t)r->rsp;
    g[REG_EFL] = (greg_t)(r->rflags | FLAG_IF | FLAG_RESERVED);
    g[REG_RAX] = (greg_t)r->rax;
    g[REG_RBX] = (greg_t)r->rbx;
    g[REG_RCX] = (greg_t)r->rcx;
    g[REG_RDX] = (greg_t)r->rdx;
    g[REG_RSI] = (greg_t)r->rsi;
    g[REG_RDI] = (greg_t)r->rdi;
    g[REG_RBP] = (greg_t)r->rbp;
    g[REG_R8] = (greg_t)r->r8;
    g[REG_R9] = (greg_t)r->r9;
    g[REG_R10] = (greg_t)r->r10;
    g[REG_R11] = (greg_t)r->r11;
    g[REG_R12] = (greg_t)r->r12;
    g[REG_R13] = (greg_t)r->r13;
    g[REG_R14] = (greg_t)r->r14;
    g[REG_R15] = (greg_t)r->r15;
}

uint64_t context_pc(const ucontext_t *uc)
{
    return (uint64_t)uc->uc_mcontext.gregs[REG_RIP];
}

/* Valgrind gives no trap number: then the signal tells it. */
static unsigned vector_of(int signal, const ucontext_t *uc)
{
    unsigned vector = (unsigned)uc->uc_mcontext.gregs[REG_TRAPNO];

    if (vector != 0 || signal == SIGFPE)
        return vector;
    return signal == SIGILL ? 6 : signal == SIGTRAP ? VECTOR_BREAKPOINT : VECTOR_PAGE_FAULT;
}

bool context_trouble(int signal, const siginfo_t *info, const ucontext_t *uc, struct trouble *t)
{
    const greg_t *g = uc->uc_mcontext.gregs;
    unsigned vector = vector_of(signal, uc);

    *t = (struct trouble){.stop = {.kind = STOP_EXCEPTION}};
    if (vector == VECTOR_PAGE_FAULT) {
        t->is_page_fault = true;
        t->write = g[REG_ERR] & PAGE_FAULT_WRITE;
        t->address = (uint64_t)info->si_addr;
        t->stop = (struct stop){.kind = STOP_VM_FAULT, .address = t->address};
        t->stop.code = kernel_fault_code(hosted_kernel(), hosted.vspace, t->address, t->write);
        return true;
    }
    if (vector == VECTOR_DEBUG) {
        t->stop = (struct stop){
            .kind = STOP_DEBUG,
            .address = context_pc(uc),
            .number = info->si_code == TRAP_OF_STEP ? DEBUG_SINGLE_STEP : 0,
        };
        return true;
    }
    t->stop.number = vector;
    t->stop.code = (uint64_t)g[REG_ERR];
    return true;
}
