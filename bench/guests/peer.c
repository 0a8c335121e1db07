/*
 * What peers do, see peer.h; the same code for a thread and for a process.
 */
#include "peer.h"

/* Two bytes, like the others here. */
static void exception(void)
{
    __asm__ volatile("hlt; nop");
}

static void undefined(void)
{
    __asm__ volatile("ud2");
}

static void unknown_syscall(void)
{
    seL4_Word number = UNKNOWN_SYSCALL;

    __asm__ volatile("movq %%rsp, %%rbx; syscall; movq %%rbx, %%rsp"
                     : "+d"(number)
                     :
                     : "rax", "rbx", "rcx", "rdi", "rsi", "r8", "r9", "r10", "r11", "r15",
                       "memory");
}

/* After each touch an exception tells the handler that the page can go again. */
static void touch_for_ever(struct peer_page *page)
{
    for (;;) {
        page->leaving = cycles();
        (void)*(volatile char *)PEER_HOLE;
        page->cost = cycles() - page->leaving;
        exception();
    }
}

static void fault_for_ever(struct peer_page *page, void (*fault)(void))
{
    for (;;) {
        page->leaving = cycles();
        fault();
        page->cost = cycles() - page->leaving;
        page->count++;
    }
}

static void echo(seL4_CPtr endpoint, seL4_Word length)
{
    seL4_MessageInfo_t answer = seL4_MessageInfo_new(0, 0, 0, length);

    seL4_Recv(endpoint, NULL);
    for (;;)
        seL4_ReplyRecv(endpoint, answer, NULL);
}

static void stamp(struct peer_page *page, seL4_CPtr endpoint)
{
    seL4_MessageInfo_t answer = seL4_MessageInfo_new(0, 0, 0, page->length);

    seL4_Recv(endpoint, NULL);
    for (;;) {
        page->received = cycles();
        page->leaving = cycles();
        seL4_ReplyRecv(endpoint, answer, NULL);
    }
}

static void reply(struct peer_page *page, seL4_CPtr endpoint)
{
    for (;;) {
        seL4_Word start;

        seL4_Recv(endpoint, NULL);
        start = cycles();
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
        page->cost = cycles() - start;
    }
}

static void take(struct peer_page *page, const struct peer_caps *caps)
{
    seL4_MessageInfo_t message;

    seL4_SetCapReceivePath(caps->cnode, caps->slot, caps->depth);
    message = seL4_Recv(caps->endpoint, NULL);
    for (;;) {
        page->received = cycles();
        if (seL4_MessageInfo_get_extraCaps(message) == 1 &&
            seL4_CNode_Delete(caps->cnode, caps->slot, caps->depth) == seL4_NoError)
            page->count++;
        message = seL4_ReplyRecv(caps->endpoint, seL4_MessageInfo_new(0, 0, 0, 0), NULL);
    }
}

static void wait(struct peer_page *page, const struct peer_caps *caps)
{
    for (;;) {
        seL4_Wait(caps->ping, NULL);
        if (page->role == PEER_WAIT_STAMP)
            page->received = cycles();
        else if (page->role == PEER_PONG)
            seL4_Signal(caps->pong);
    }
}

static void keep_busy(struct peer_page *page)
{
    for (;;) {
        if (page->role != PEER_YIELD)
            page->received = cycles();
        if (page->role != PEER_SPIN)
            seL4_Yield();
    }
}

void peer_run(struct peer_page *page, const struct peer_caps *caps)
{
    for (;;) {
        switch ((enum peer_role)page->role) {
        case PEER_ECHO:
            echo(caps->endpoint, page->length);
            break;
        case PEER_STAMP:
            stamp(page, caps->endpoint);
            break;
        case PEER_REPLY:
            reply(page, caps->endpoint);
            break;
        case PEER_SINK:
            seL4_Recv(caps->endpoint, NULL);
            break;
        case PEER_SOURCE:
            seL4_Send(caps->endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
            break;
        case PEER_TAKE:
            take(page, caps);
            break;
        case PEER_WAIT:
        case PEER_WAIT_STAMP:
        case PEER_PONG:
            wait(page, caps);
            break;
        case PEER_YIELD:
        case PEER_YIELD_STAMP:
        case PEER_SPIN:
            keep_busy(page);
            break;
        case PEER_EXCEPTION:
            fault_for_ever(page, exception);
            break;
        case PEER_UNDEFINED:
            fault_for_ever(page, undefined);
            break;
        case PEER_TOUCH:
            touch_for_ever(page);
            break;
        case PEER_SYSCALL:
            fault_for_ever(page, unknown_syscall);
            break;
        }
    }
}
