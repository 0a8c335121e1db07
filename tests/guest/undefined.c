/*
 * An undefined instruction that is executed again and again at one address, seen by its handler;
 * then other bytes are written to its place, and others again.
 */
#include "guest.h"

#define ROUNDS    5
#define UD2_FIRST 0x0f /* of the two bytes */
#define HLT       0xf4

static seL4_CPtr endpoint;
static struct thread thread;

/* Spins on one instruction, with registers that its handler can check. */
extern char undefined_loop[], undefined_at[];
__asm__(".text\n"
        "undefined_loop:\n"
        "    mov $0x1234, %ebx\n"
        "1:  inc %ebx\n"
        "undefined_at:\n"
        "    ud2\n"
        "    jmp 1b\n");

static void run(void *argument)
{
    (void)argument;
    ((void (*)(void))undefined_loop)();
}

static seL4_MessageInfo_t show(seL4_MessageInfo_t message)
{
    seL4_UserContext regs;

    guest_printf("UserException %d, length %lu, number %lu, code %lx, at the instruction %d, ",
                 seL4_isUserException_tag(message), seL4_MessageInfo_get_length(message),
                 seL4_GetMR(seL4_UserException_Number), seL4_GetMR(seL4_UserException_Code),
                 seL4_GetMR(seL4_UserException_FaultIP) == (seL4_Word)undefined_at);
    must("read", seL4_TCB_ReadRegisters(thread.tcb, false, 0, 20, &regs));
    guest_printf("rbx %lx\n", regs.rbx);
    return message;
}

static void next(seL4_Word skip)
{
    seL4_SetMR(seL4_UserException_FaultIP, (seL4_Word)undefined_at + skip);
    show(seL4_ReplyRecv(endpoint, seL4_MessageInfo_new(0, 0, 0, 1), NULL));
}

/* The next round meets other bytes at the same place. */
static void put(unsigned char byte)
{
    *(volatile unsigned char *)undefined_at = byte;
    guest_printf("written: %x\n", byte);
}

int main(void)
{
    endpoint = object_alloc(seL4_EndpointObject, 0);
    thread_create(&thread, run, NULL, 100, endpoint);
    thread_start(&thread);
    show(seL4_Recv(endpoint, NULL));
    for (int i = 0; i < ROUNDS; i++)
        next(2);
    next(0);
    put(HLT);
    for (int i = 0; i < 2; i++)
        next(2);
    put(UD2_FIRST);
    for (int i = 0; i < ROUNDS; i++)
        next(2);
    return 0;
}
