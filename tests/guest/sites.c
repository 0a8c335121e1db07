/*
 * What one thread sees of another that is in a system call: where it stands, and that it goes on
 * from any place in libsel4's three instructions it is put to; and that a copy of these does what
 * they do. And threads that use GS.
 */
#include "guest.h"

/* The register that keeps the stack pointer; see sites_r14.c. */
#ifndef KEEPER
#define KEEPER rbx
#endif
#define NAME(name)    NAME_OF(name)
#define NAME_OF(name) #name

#define COUNT        (sizeof(seL4_UserContext) / sizeof(seL4_Word))
#define SITE_SYSCALL 3 /* mov %rsp, %rbx; syscall; mov %rbx, %rsp */
#define SITE_AFTER   5

/* seL4_Word call(number, cap, info): one system call at a site of its own; the badge or sender. */
__asm__(".text\n"
        "call:\n"
        "    pushq %" NAME(KEEPER) "\n    pushq %r15\n"
                                   "    movq %rdx, %rax\n"
                                   "    movq %rdi, %rdx\n    movq %rsi, %rdi\n    movq %rax, %rsi\n"
                                   "call_site:\n"
                                   "    movq %rsp, %" NAME(
                                       KEEPER) "\n"
                                               "    syscall\n"
                                               "    movq %" NAME(
                                                   KEEPER) ", %rsp\n"
                                                           "    movq %rdi, %rax\n"
                                                           "    popq %r15\n    popq %" NAME(
                                                               KEEPER) "\n"
                                                                       "    ret\n"
                                                                       "call_end:\n");
seL4_Word call(seL4_Word number, seL4_CPtr cap, seL4_Word info);
extern char call_site[], call_end[];

static struct thread receiver, signaller, with_gs;
static seL4_CPtr endpoint, notification;
static volatile unsigned received, signalled, gs_right, gs_wrong;
static volatile seL4_Word gs_word = 0x6755;

static void receive(void *argument)
{
    (void)argument;
    for (;;) {
#ifdef CONFIG_KERNEL_MCS
        seL4_Wait(endpoint, NULL);
#else
        call((seL4_Word)seL4_SysRecv, endpoint, 0);
#endif
        received++;
    }
}

static void signal(void *argument)
{
    (void)argument;
    for (;;) {
        call((seL4_Word)seL4_SysSend, notification, 0);
        signalled++;
    }
}

static void read_regs(struct thread *thread, bool suspend, seL4_UserContext *regs)
{
    must("read", seL4_TCB_ReadRegisters(thread->tcb, suspend, 0, COUNT, regs));
}

static void tell(const char *what, const seL4_UserContext *regs)
{
    guest_printf("%s: at the site + %ld\n", what, (seL4_Word)regs->rip - (seL4_Word)call_site);
}

static void send(void)
{
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_Yield();
}

static void blocked(void)
{
    seL4_UserContext regs;

    thread_run(&receiver, receive, NULL, 255);
    seL4_Yield();
    for (int i = 0; i < 3; i++) {
        read_regs(&receiver, false, &regs);
        tell("blocked", &regs);
        send();
        guest_printf("received %u\n", received);
    }
    for (int i = 0; i < 3; i++) {
        read_regs(&receiver, true, &regs);
        tell("stopped while blocked", &regs);
        must("resume", seL4_TCB_Resume(receiver.tcb));
        seL4_Yield();
        send();
        guest_printf("received %u\n", received);
    }
}

/* The signaller has run until its signal woke us. */
static void wait_for_it(seL4_UserContext *regs)
{
    seL4_Wait(notification, NULL);
    read_regs(&signaller, false, regs);
    tell("interrupted by its own signal", regs);
    read_regs(&signaller, true, regs);
    tell("stopped", regs);
}

static void go_on(const char *what, seL4_UserContext *regs)
{
    must("write", seL4_TCB_WriteRegisters(signaller.tcb, true, 0, COUNT, regs));
    seL4_Wait(notification, NULL);
    guest_printf("%s: signalled %u\n", what, signalled);
    read_regs(&signaller, true, regs);
}

static void moved(void)
{
    seL4_UserContext regs;
    seL4_Word stack;

    thread_run(&signaller, signal, NULL, 254);
    for (int i = 0; i < 3; i++) {
        wait_for_it(&regs);
        must("resume", seL4_TCB_Resume(signaller.tcb));
    }
    wait_for_it(&regs);
    stack = regs.KEEPER; /* rsp is what the kernel last saw of it, not in a system call */
    regs.rsp = 0x1230;
    go_on("behind the call, rsp elsewhere", &regs);
    regs.rip = (seL4_Word)call_site;
    regs.rsp = stack;
    regs.KEEPER = 0x1230;
    go_on("to the start", &regs);
    regs.rip = (seL4_Word)call_site + SITE_SYSCALL;
    regs.KEEPER = stack;
    regs.rsp = 0x1230;
    go_on("to the call", &regs);
    regs.rip = (seL4_Word)call_site + SITE_AFTER;
    go_on("behind the call", &regs);
}

static void copied(void)
{
    seL4_CPtr frame, other = object_alloc(seL4_NotificationObject, 0);
    seL4_CPtr badged = cap_mint(other, seL4_AllRights, 1);
    void *page = page_alloc(&frame);
    seL4_Word (*copy)(seL4_Word, seL4_CPtr, seL4_Word) =
        (seL4_Word(*)(seL4_Word, seL4_CPtr, seL4_Word))(seL4_Word)page;

    memcpy(page, (const void *)(seL4_Word)call, (size_t)(call_end - (char *)(seL4_Word)call));
    for (int i = 0; i < 3; i++) {
        seL4_Word badge = 0;

        copy((seL4_Word)seL4_SysSend, badged, 0);
        seL4_Poll(other, &badge);
        guest_printf("by a copy: signalled %lu\n", badge);
    }
}

static void use_gs(void *argument)
{
    (void)argument;
    for (;;) {
        seL4_Word word;

        __asm__ volatile("movq %%gs:0, %0" : "=r"(word));
        if (word == gs_word)
            gs_right++;
        else
            gs_wrong++;
        seL4_Yield();
    }
}

static void gs(void)
{
    seL4_UserContext regs;

    thread_create(&with_gs, use_gs, NULL, 255, 0);
    thread_start(&with_gs);
    read_regs(&with_gs, true, &regs);
    regs.gs_base = (seL4_Word)&gs_word;
    must("write", seL4_TCB_WriteRegisters(with_gs.tcb, true, 0, COUNT, &regs));
    for (int i = 0; i < 5; i++)
        seL4_Yield();
    read_regs(&with_gs, true, &regs);
    guest_printf("GS base %s, right %u, wrong %u\n",
                 regs.gs_base == (seL4_Word)&gs_word ? "kept" : "lost", gs_right, gs_wrong);
    send();
    guest_printf("received %u\n", received);
}

int main(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    notification = object_alloc(seL4_NotificationObject, 0);
    blocked();
    moved();
    copied();
    gs();
    return 0;
}
