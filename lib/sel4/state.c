/*
 * What libsel4 keeps: each thread's IPC buffer, and the root task's boot info.
 *
 * The runtime sets both, before anything else of libsel4 is used.
 */
#define LIBSEL4_INLINE_FUNC static inline /* its functions are in functions.c */

#include <sel4/bootinfo.h>
#include <sel4/functions.h>

LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;

#ifdef CONFIG_KERNEL_INVOCATION_REPORT_ERROR_IPC
LIBSEL4_THREAD_LOCAL char __sel4_print_error = CONFIG_LIB_SEL4_PRINT_INVOCATION_ERRORS;
#endif

static seL4_BootInfo *boot_info;

void seL4_InitBootInfo(seL4_BootInfo *info)
{
    boot_info = info;
}

seL4_BootInfo *seL4_GetBootInfo(void)
{
    return boot_info;
}
