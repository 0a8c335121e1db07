/*
 * Prints the tables that abi_init() makes of a configuration, one row per line.
 *
 * Arguments are names of the configuration's true booleans, or NAME=NUMBER; test_abi.py compares
 * the output with numbers of real builds.
 */
#include "abi/abi.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLAG(field)                                                                                \
    {                                                                                              \
#field, offsetof(struct kernel_config, field)                                              \
    }

static const struct flag {
    const char *name;
    size_t offset;
} flags[] = {
    FLAG(mcs),
    FLAG(debug),
    FLAG(printing),
    FLAG(set_tls_base_self),
    FLAG(dangerous_msr),
    FLAG(benchmarks),
    FLAG(huge_page),
    FLAG(hardware_debug_api),
    FLAG(iommu),
    FLAG(vtx),
    FLAG(vtx_64bit_guests),
    FLAG(track_utilisation),
    FLAG(dangerous_code_injection),
};

static void set(struct kernel_config *config, const char *argument)
{
    if (strncmp(argument, "num_nodes=", 10) == 0) {
        config->num_nodes = (uint32_t)atoi(argument + 10);
        return;
    }
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (strcmp(flags[i].name, argument) == 0) {
            *((bool *)((char *)config + flags[i].offset)) = true;
            return;
        }
    }
    fprintf(stderr, "no such setting: %s\n", argument);
    exit(2);
}

int main(int argc, char **argv)
{
    struct kernel_config config = {.num_nodes = 1};
    struct abi abi;

    for (int i = 1; i < argc; i++)
        set(&config, argv[i]);
    abi_init(&abi, &config);

    for (int i = 0; i < ABI_MAX_SYSCALL; i++) {
        if (abi.syscall[i] != SYS_INVALID)
            printf("seL4_Sys%s %d\n", abi_syscall_name((enum abi_syscall)abi.syscall[i]), -i);
    }
    for (int i = 0; i < ABI_MAX_LABEL; i++) {
        enum abi_invocation id = (enum abi_invocation)abi.invocation[i];

        if (id == INV_INVALID)
            continue;
        printf("%s %d\n", abi_invocation_name(id), i);
        if (abi_invocation_by_name(abi_invocation_name(id)) != id)
            printf("by_name-%s -1\n", abi_invocation_name(id));
    }
    for (int i = 0; i < ABI_MAX_TYPE; i++) {
        if (abi.object[i] != OBJ_INVALID)
            printf("seL4_%s %d\n", abi_object_name((enum abi_object)abi.object[i]), i);
    }
    printf("seL4_Fault_VMFault %u\n", abi.vm_fault_label);
    if (abi.timeout_label)
        printf("seL4_Fault_Timeout %u\n", abi.timeout_label);
    if (abi.debug_exception_label)
        printf("seL4_Fault_DebugException %u\n", abi.debug_exception_label);
    printf("seL4_NotificationBits %u\n", abi.notification_bits);
    return abi_invocation_by_name("NoSuchLabel") == INV_INVALID ? 0 : 1;
}
