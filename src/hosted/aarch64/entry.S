/*
 * The ways between guest code and ours, as x86_64/entry.S has them: a system call moves to the
 * lane's own stack; a lane begins at a TCB's registers, can be sent to others, and leaves.
 *
 * Offsets are those of struct lane and struct user_regs (object.h), which context.c checks; which
 * register is whose is said there.
 */
#define LANE_SYSTEM_STACK 0
#define LANE_HOME         8

#define HOME_SIZE 160 /* x19 to x30, d8 to d15 */

    .text

/* void sel4ux_system_call(number, struct sel4_trap *): see trap.h */
    .globl sel4ux_system_call
    .type sel4ux_system_call, %function
sel4ux_system_call:
    .cfi_startproc
    hint #34 /* bti c */
    stp x29, x30, [sp, #-16]!
    .cfi_def_cfa_offset 16
    .cfi_offset x29, -16
    .cfi_offset x30, -8
    mov x29, sp
    .cfi_def_cfa_register x29
    mrs x9, tpidr_el0
    adrp x10, :gottprel:sel4ux_lane
    ldr x10, [x10, :gottprel_lo12:sel4ux_lane]
    ldr x3, [x9, x10]
    mov x2, x29 /* struct call_frame */
    cbz x3, 1f
    ldr x9, [x3, #LANE_SYSTEM_STACK]
    cbz x9, 1f
    mov sp, x9
1:  bl sel4ux_enter
    mov sp, x29
    ldp x29, x30, [sp], #16
    .cfi_def_cfa sp, 0
    .cfi_restore x29
    .cfi_restore x30
    ret
    .cfi_endproc
    .size sel4ux_system_call, . - sel4ux_system_call

/* void lane_go(struct lane *, const struct user_regs *) */
    .globl lane_go
    .type lane_go, %function
lane_go:
    .cfi_startproc
    stp x19, x20, [sp, #-HOME_SIZE]!
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0, #LANE_HOME]
    mov x0, x1
    b lane_jump
    .cfi_endproc
    .size lane_go, . - lane_go

/* void lane_leave(struct lane *): returns from lane_go() */
    .globl lane_leave
    .type lane_leave, %function
lane_leave:
    .cfi_startproc
    ldr x9, [x0, #LANE_HOME]
    mov sp, x9
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    ldp x19, x20, [sp], #HOME_SIZE
    ret
    .cfi_endproc
    .size lane_leave, . - lane_leave

/*
 * void lane_jump(const struct user_regs *). The processor wants 16-byte aligned stacks, where
 * callers of x86_64 leave room for a return address. There is none here: who returns goes to 0.
 */
    .globl lane_jump
    .type lane_jump, %function
lane_jump:
    .cfi_startproc
    .cfi_undefined x30
    mov x17, x0
    ldp x16, x9, [x17]        /* rip, rsp */
    and x9, x9, #~15
    mov sp, x9
    ldp x8, x19, [x17, #24]   /* rax, rbx */
    ldp x3, x2, [x17, #40]    /* rcx, rdx */
    ldp x1, x0, [x17, #56]    /* rsi, rdi */
    ldp x29, x4, [x17, #72]   /* rbp, r8 */
    ldp x5, x9, [x17, #88]    /* r9, r10 */
    ldp x10, x20, [x17, #104] /* r11, r12 */
    ldp x21, x22, [x17, #120] /* r13, r14 */
    ldr x23, [x17, #136]      /* r15 */
    mov x30, xzr
    br x16
    .cfi_endproc
    .size lane_jump, . - lane_jump

/* void restore_signal(void): where Linux returns to from our handlers; debuggers know it by these
 * two instructions. */
    nop
    .globl restore_signal
    .type restore_signal, %function
restore_signal:
    mov x8, #139 /* rt_sigreturn */
    svc #0
    .size restore_signal, . - restore_signal

    .section .note.GNU-stack, "", %progbits
