/*
 * A stack that ends at an unmapped page: the overflow is a fault like any other, and the handler
 * gives the thread more.
 */
#include "guest.h"

#define PAGES 4

static seL4_CPtr endpoint;
static struct thread thread;

/* The compiler must believe that each frame is used, before the call and after it. */
static __attribute__((noinline)) long depth(long n)
{
    char frame[512];
    long below;

    __asm__ volatile("" : : "r"(frame) : "memory");
    below = n == 0 ? 0 : depth(n - 1);
    __asm__ volatile("" : "+r"(below) : "r"(frame) : "memory");
    return below + 1;
}

static void recurse(void *argument)
{
    guest_printf("thread: depth %ld\n", depth((long)argument));
    seL4_Send(endpoint, seL4_MessageInfo_new(99, 0, 0, 0));
}

static void map_page(seL4_Word address)
{
    must("stack page",
         vspace_map(OWN_VSPACE, object_alloc(seL4_X86_4K, 0), address, seL4_AllRights));
}

int main(void)
{
    char *area = vspace_reserve(1ul << 21);
    seL4_Word top = (seL4_Word)area + (1ul << 20), bottom = top - PAGE_SIZE;
    seL4_UserContext regs;
    seL4_MessageInfo_t message;
    int grown = 0;

    endpoint = object_alloc(seL4_EndpointObject, 0);
    map_page(bottom);
    thread_create(&thread, recurse, (void *)20, 100, endpoint);
    thread_start(&thread);
    must("read", seL4_TCB_ReadRegisters(thread.tcb, true, 0, 20, &regs));
    regs.rsp = top - 8;
    must("write", seL4_TCB_WriteRegisters(thread.tcb, true, 0, 20, &regs));
    for (message = seL4_Recv(endpoint, NULL); seL4_isVMFault_tag(message);
         message = seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 0), NULL)) {
        seL4_Word address = seL4_GetMR(seL4_VMFault_Addr);

        bottom -= PAGE_SIZE;
        grown++;
        guest_printf("fault in the page below the stack: %d, status %lx\n",
                     (address & -PAGE_SIZE) == bottom, seL4_GetMR(seL4_VMFault_FSR));
        map_page(bottom);
    }
    guest_printf("label %lu, grown by %s\n", seL4_MessageInfo_get_label(message),
                 grown >= 2 && grown <= PAGES ? "a few pages" : "something odd");
    return 0;
}
