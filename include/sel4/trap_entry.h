/*
 * The system-call instruction. The kernel loses the user's rsp, which stays in rbx meanwhile.
 */
#pragma once

#define SEL4_TRAP_ENTRY                                                                            \
    "movq %%rsp, %%rbx\n\t"                                                                        \
    "syscall\n\t"                                                                                  \
    "movq %%rbx, %%rsp"
