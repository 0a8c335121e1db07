/*
 * The start and the end of a process that a root task made with process_start(): it prints by
 * sending lines to its server, and ends by telling it so.
 */
#include "runtime.h"

__thread seL4_IPCBuffer *__sel4_ipc_buffer;
static char main_tls[TLS_SIZE] __attribute__((aligned(64)));

static void send_character(char c)
{
    static char line[seL4_MsgMaxLength];
    static size_t length;

    line[length++] = c;
    if (c != '\n' && length < sizeof(line))
        return;
    for (size_t i = 0; i < length; i++)
        seL4_SetMR((int)i, (seL4_Word)line[i]);
    seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(LABEL_PRINT, 0, 0, length));
    length = 0;
}

void (*guest_putchar)(char c) = send_character;

void guest_start(seL4_Word argument)
{
    tls_use(tls_init(main_tls, sizeof(main_tls)), CHILD_TCB);
    seL4_SetIPCBuffer((seL4_IPCBuffer *)argument);
    main();
    guest_exit();
}

void guest_exit(void)
{
    for (;;)
        seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(LABEL_EXIT, 0, 0, 0));
}
