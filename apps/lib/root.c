/*
 * The start and the end of a root task.
 */
#include "runtime.h"

__thread seL4_IPCBuffer *__sel4_ipc_buffer;
static seL4_BootInfo *boot_info;
static char main_tls[TLS_SIZE] __attribute__((aligned(64)));

void seL4_InitBootInfo(seL4_BootInfo *info)
{
    boot_info = info;
}

seL4_BootInfo *seL4_GetBootInfo(void)
{
    return boot_info;
}

void guest_start(seL4_Word argument)
{
    seL4_BootInfo *info = (seL4_BootInfo *)argument;

    tls_use(tls_init(main_tls, sizeof(main_tls)), OWN_TCB);
    seL4_SetIPCBuffer(info->ipcBuffer);
    seL4_InitBootInfo(info);
    console_init();
    main();
    guest_exit();
}

void guest_exit(void)
{
    if (guest_name)
        guest_printf("done %s\n", guest_name);
#ifdef CONFIG_DEBUG_BUILD
    seL4_DebugHalt();
#endif
    for (;;)
        seL4_TCB_Suspend(OWN_TCB);
}
