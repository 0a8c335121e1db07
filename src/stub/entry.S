/*
 * The ways into the kernel model that are jumps, the way back to the guest, and the switch of
 * floating-point state, which lives in the processor meanwhile.
 *
 * A thunk (patch.c) comes to patch_entry with rbx or r14 = rsp, a call site of a program built for this
 * (include/freestanding) to link_entry; both with rcx = the address behind the `syscall` or the
 * site, as hardware leaves it. r11 is free for the same reason. All else is the guest's, and
 * nothing may be written to its stack. From patch_leave to patch_leave_end all of the guest's state
 * is in its TCB: a signal there is taken as if it had come to the guest.
 */
#include "stub/entry.h"

#define LANE(field) lane_block + field(%rip)

    .section .text
    .globl patch_entry
    .globl link_entry
    .type patch_entry, @function
    .balign 64
patch_entry:
link_entry:
    mov LANE(LANE_REGS), %r11
    mov %rsp, REGS_RSP(%r11)
    lea lane_block + LANE_SIZE - 64(%rip), %rsp
    pushfq
    mov %rcx, REGS_RIP(%r11)
    mov %rax, REGS_RAX(%r11)
    mov %rbx, REGS_RBX(%r11)
    mov %rcx, REGS_RCX(%r11)
    mov %rdx, REGS_RDX(%r11)
    mov %rsi, REGS_RSI(%r11)
    mov %rdi, REGS_RDI(%r11)
    mov %rbp, REGS_RBP(%r11)
    mov %r8, REGS_R8(%r11)
    mov %r9, REGS_R9(%r11)
    mov %r10, REGS_R10(%r11)
    mov %r12, REGS_R12(%r11)
    mov %r13, REGS_R13(%r11)
    mov %r14, REGS_R14(%r11)
    mov %r15, REGS_R15(%r11)
    sub $2, %rcx
    mov %rcx, REGS_FAULT_IP(%r11)
    pop %rax
    mov %rax, REGS_RFLAGS(%r11)
    mov %rax, REGS_R11(%r11)
    test $0x40400, %eax /* alignment check or direction: neither is for our code */
    jnz 2f
1:  lea lane_block(%rip), %rdi
    call entry_system_call
    jmp patch_leave
2:  cld
    pushfq
    andl $~0x40000, (%rsp)
    popfq
    jmp 1b
    .size patch_entry, . - patch_entry

    .globl patch_leave
    .type patch_leave, @function
    .balign 64
patch_leave:
    cmpb $0, LANE(LANE_DEFERRED)
    jne 3f
    mov LANE(LANE_REGS), %r11
    pushq LANE(LANE_FLAGS)
    mov REGS_RAX(%r11), %rax
    mov REGS_RBX(%r11), %rbx
    mov REGS_RCX(%r11), %rcx
    mov REGS_RDX(%r11), %rdx
    mov REGS_RSI(%r11), %rsi
    mov REGS_RDI(%r11), %rdi
    mov REGS_RBP(%r11), %rbp
    mov REGS_R8(%r11), %r8
    mov REGS_R9(%r11), %r9
    mov REGS_R10(%r11), %r10
    mov REGS_R12(%r11), %r12
    mov REGS_R13(%r11), %r13
    mov REGS_R14(%r11), %r14
    mov REGS_R15(%r11), %r15
    mov REGS_R11(%r11), %r11
    popfq
    mov LANE(LANE_RSP), %rsp
    jmp *LANE(LANE_RIP)
    .globl patch_leave_end
patch_leave_end:
3:  lea lane_block(%rip), %rdi
    call entry_again
    jmp patch_leave

    /* The same from a signal handler, whose frame is left behind. */
    .globl entry_go
entry_go:
    lea lane_block + LANE_SIZE - 64(%rip), %rsp
    jmp patch_leave
    .size patch_leave, . - patch_leave

/*
 * uint32_t entry_fpu_store(uint8_t *area), void entry_fpu_fetch(const uint8_t *area, bool sse): the
 * processor's x87, SSE and AVX state to and from an XSAVE area. Where only SSE is in use, which is
 * nearly always, plain moves cost a third. XGETBV(1) tells, but costs as much as they do: so
 * storing returns 0 if it is so, and fetching is told.
 */
    .macro each_xmm operation
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    \operation \n
    .endr
    .endm
    .macro store_xmm n
    movaps %xmm\n, FPU_XMM + 16 * \n(%rdi)
    .endm
    .macro fetch_xmm n
    movaps FPU_XMM + 16 * \n(%rdi), %xmm\n
    .endm

    .globl entry_fpu_store
    .type entry_fpu_store, @function
    .balign 32
entry_fpu_store:
    mov $1, %ecx
    xgetbv
    and $FPU_OTHERS, %eax
    jnz 1f
    each_xmm store_xmm
    stmxcsr FPU_MXCSR(%rdi)
    movq $FPU_SSE, FPU_XSTATE_BV(%rdi)
    ret
1:  mov $7, %eax
    xor %edx, %edx
    xsave64 (%rdi)
    ret
    .size entry_fpu_store, . - entry_fpu_store

    .globl entry_fpu_fetch
    .type entry_fpu_fetch, @function
    .balign 32
entry_fpu_fetch:
    mov FPU_XSTATE_BV(%rdi), %rax
    and $FPU_OTHERS | FPU_SSE, %eax
    cmp $FPU_SSE, %eax
    jne 1f
    test %sil, %sil
    jnz 2f
    mov $1, %ecx
    xgetbv
    test $FPU_OTHERS, %eax
    jnz 1f
2:  each_xmm fetch_xmm
    ldmxcsr FPU_MXCSR(%rdi)
    ret
1:  mov $FPU_OTHERS | FPU_SSE, %eax
    xor %edx, %edx
    xrstor64 (%rdi)
    ret
    .size entry_fpu_fetch, . - entry_fpu_fetch

    .section .note.GNU-stack, "", @progbits
