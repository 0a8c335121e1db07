/*
 * The ways between guest code and ours: a system call moves to the lane's own stack, since the
 * guest's may be tiny; a lane begins at a TCB's registers, can be sent to others, and leaves.
 *
 * Offsets are those of struct lane and struct user_regs (object.h), which context.c checks.
 */
#define LANE_SYSTEM_STACK 0
#define LANE_HOME         8

    .text

/* void sel4ux_system_call(number, struct sel4_trap *): see trap.h */
    .globl sel4ux_system_call
    .type sel4ux_system_call, @function
sel4ux_system_call:
    .cfi_startproc
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    movq sel4ux_lane@gottpoff(%rip), %rax
    movq %fs:(%rax), %rcx
    testq %rcx, %rcx
    jz 1f
    movq LANE_SYSTEM_STACK(%rcx), %rax
    testq %rax, %rax
    cmovnzq %rax, %rsp
1:  movq %rbp, %rdx /* struct call_frame */
    call sel4ux_enter
    movq %rbp, %rsp
    popq %rbp
    .cfi_def_cfa %rsp, 8
    ret
    .cfi_endproc
    .size sel4ux_system_call, . - sel4ux_system_call

/* void lane_go(struct lane *, const struct user_regs *) */
    .globl lane_go
    .type lane_go, @function
lane_go:
    .cfi_startproc
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, LANE_HOME(%rdi)
    movq %rsi, %rdi
    jmp lane_jump
    .cfi_endproc
    .size lane_go, . - lane_go

/* void lane_leave(struct lane *): returns from lane_go() */
    .globl lane_leave
    .type lane_leave, @function
lane_leave:
    .cfi_startproc
    movq LANE_HOME(%rdi), %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .cfi_endproc
    .size lane_leave, . - lane_leave

/* void lane_jump(const struct user_regs *) */
    .globl lane_jump
    .type lane_jump, @function
lane_jump:
    .cfi_startproc
    .cfi_undefined %rip
    cld
    movq sel4ux_target@gottpoff(%rip), %rax
    movq 0(%rdi), %rcx
    movq %rcx, %fs:(%rax)
    pushq 16(%rdi)
    popfq
    movq 24(%rdi), %rax
    movq 32(%rdi), %rbx
    movq 40(%rdi), %rcx
    movq 48(%rdi), %rdx
    movq 56(%rdi), %rsi
    movq 72(%rdi), %rbp
    movq 80(%rdi), %r8
    movq 88(%rdi), %r9
    movq 96(%rdi), %r10
    movq 104(%rdi), %r11
    movq 112(%rdi), %r12
    movq 120(%rdi), %r13
    movq 128(%rdi), %r14
    movq 136(%rdi), %r15
    movq 8(%rdi), %rsp
    movq 64(%rdi), %rdi
    jmp *%fs:sel4ux_target@tpoff
    .cfi_endproc
    .size lane_jump, . - lane_jump

/*
 * void restore_signal(void): where Linux returns to from our signal handlers. The stack pointer is
 * then at the signal's ucontext, and debuggers find there what was interrupted. They look at the
 * byte before a return address: the nop.
 */
#define DW_CFA_DEF_CFA_EXPRESSION 0x0f
#define DW_CFA_EXPRESSION         0x10
#define DW_OP_DEREF               0x06
#define DW_OP_BREG_RSP            0x77

/* Of a signed LEB128 number of two bytes, from 0 to 8191. */
#define LEB_LOW(n)  (((n) & 0x7f) | 0x80)
#define LEB_HIGH(n) ((n) >> 7)

/* Registers by their DWARF numbers, and their offsets in a ucontext. */
#define UCONTEXT_RSP 160
    .macro saved register, offset
    .cfi_escape DW_CFA_EXPRESSION, \register, 3, DW_OP_BREG_RSP, LEB_LOW(\offset), LEB_HIGH(\offset)
    .endm

    .cfi_startproc
    .cfi_signal_frame
    .cfi_escape DW_CFA_DEF_CFA_EXPRESSION, 4, DW_OP_BREG_RSP, LEB_LOW(UCONTEXT_RSP), LEB_HIGH(UCONTEXT_RSP), DW_OP_DEREF
    saved 0, 144  /* rax */
    saved 1, 136  /* rdx */
    saved 2, 152  /* rcx */
    saved 3, 128  /* rbx */
    saved 4, 112  /* rsi */
    saved 5, 104  /* rdi */
    saved 6, 120  /* rbp */
    saved 7, UCONTEXT_RSP
    saved 8, 40   /* r8 */
    saved 9, 48
    saved 10, 56
    saved 11, 64
    saved 12, 72
    saved 13, 80
    saved 14, 88
    saved 15, 96  /* r15 */
    saved 16, 168 /* rip */
    nop
    .globl restore_signal
    .type restore_signal, @function
restore_signal:
    movl $15, %eax /* rt_sigreturn */
    syscall
    .cfi_endproc
    .size restore_signal, . - restore_signal

    .section .tbss, "awT", @nobits
    .balign 8
    .type sel4ux_target, @object
    .size sel4ux_target, 8
sel4ux_target:
    .zero 8

    .section .note.GNU-stack, "", @progbits
