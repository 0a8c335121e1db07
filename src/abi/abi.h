/*
 * The seL4 user ABI of one configuration, as tables that the kernel model looks numbers up in.
 *
 * abi_gen.h is generated from the description in abi/ and gives every syscall, invocation and
 * object type a canonical id, the same in all configurations. What a guest writes in a register
 * depends on its kernel's configuration; these tables translate. Pointer-free, see config.h.
 */
#ifndef SEL4UX_ABI_ABI_H
#define SEL4UX_ABI_ABI_H

#include "abi/config.h"
#include "abi_gen.h"

#define ABI_MAX_SYSCALL 64  /* syscall numbers are -1 .. -63 */
#define ABI_MAX_LABEL   160 /* invocation labels are 0 .. 159 */
#define ABI_MAX_TYPE    32  /* object types are 0 .. 31 */

struct abi {
    uint8_t syscall[ABI_MAX_SYSCALL];  /* enum abi_syscall by -number */
    uint8_t invocation[ABI_MAX_LABEL]; /* enum abi_invocation by label; 0 is INV_INVALID */
    uint8_t object[ABI_MAX_TYPE];      /* enum abi_object by object type; OBJ_INVALID if none */
    uint32_t vm_fault_label; /* message label of a VM fault; the other fault labels are fixed */
    uint32_t debug_exception_label; /* 0 without the hardware debug API */
    uint32_t timeout_label;         /* 0 without MCS */
    uint32_t notification_bits;     /* log2 bytes */
    uint32_t tcb_bits;              /* log2 bytes: more with a large XSAVE area */
};

/* Fills `abi` from `config` alone: the numbers that upstream's build would generate for it. */
void abi_init(struct abi *abi, const struct kernel_config *config);

/* Canonical invocation of upstream's label name ("TCBConfigure"), or INV_INVALID. */
enum abi_invocation abi_invocation_by_name(const char *name);

/* Upstream's names, for messages: "TCBConfigure", "Call", "TCBObject". Never NULL. */
const char *abi_invocation_name(enum abi_invocation invocation);
const char *abi_syscall_name(enum abi_syscall syscall);
const char *abi_object_name(enum abi_object object);

#endif
