/*
 * What the parts of the kernel's fuzz target share: the program being interpreted, what its current
 * thread can name, and the ways in which that enters the kernel.
 */
#ifndef SEL4UX_TESTS_KERNEL_PROGRAM_H
#define SEL4UX_TESTS_KERNEL_PROGRAM_H

#include "kernel/invocation.h"
#include "kernel/ipc.h"
#include "kernel/thread.h"
#include "kernel_world.h"

#define BUFFERS 0x10000000ull /* where threads have their IPC buffers */

/* seL4's initial slots; below FIRST_SLOT are the initial thread's own capabilities. */
enum {
    ROOT_TCB = 1,
    ROOT_CNODE = 2,
    ROOT_VSPACE = 3,
    ROOT_IRQ_CONTROL = 4,
    ROOT_ASID_POOL = 6,
    ROOT_IO_PORT_CONTROL = 7,
    FIRST_SLOT = 12
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct program {
    struct kernel *k;
    const uint8_t *data; /* what is left of the input */
    size_t size;
    unsigned steps, idle;
    bool trace;
    word label_of[INV_COUNT]; /* a guest's numbers, by canonical id */
    unsigned syscall_of[SYS_COUNT], type_of[OBJ_COUNT];
};

/* The next byte of the input, 0 behind its end. */
unsigned program_take(struct program *p);
/* A word: small, special or any. */
word program_take_word(struct program *p);

/* ------------------------------------------------------------------ what the thread can name */

/* A CNode, as addresses below a capability to it name its slots. */
struct view {
    struct cap cnode;
    unsigned bits;  /* guard and radix */
    unsigned count; /* slots; 0: no CNode */
};

/* What slots are chosen by: a type of capability or one of these. */
enum {
    ANY_CAP = 100,
    NO_CAP,
    RAM_UNTYPED,
    SMALL_UNTYPED, /* one page */
    USED_UNTYPED,  /* that of the objects made before the program */
    BADGED_ENDPOINT
};

struct view view_of(struct cap cap);
struct view view_own(struct program *p); /* the current thread's CSpace root */
struct cap view_cap(struct program *p, const struct view *v, unsigned i);
word view_address(const struct view *v, unsigned i);
/* The capability address of slot `i` of the thread's own CNode. */
word view_cptr(const struct view *v, unsigned i);
bool view_fits(struct cap cap, unsigned wanted);
/* The first slot from `start` on, in a circle, with a capability of the type; any when none has. */
unsigned view_find(struct program *p, const struct view *v, unsigned wanted, unsigned start);
bool view_has(struct program *p, const struct view *v, unsigned wanted);
/* A slot as the input wants it. */
unsigned program_choose(struct program *p, const struct view *v, unsigned wanted);

/* ------------------------------------------------------------------ entering the kernel */

#define MAX_ARGS 24 /* words of an invocation */

struct message {
    enum abi_invocation label;
    word number; /* the label itself, where it is none of seL4's; 0: it is */
    word cptr;
    unsigned count, extra_count;
    word arg[MAX_ARGS], extra[MAX_EXTRA_CAPS];
};

void program_log(struct program *p, const char *what, word a, word b);
void program_enter(struct program *p, struct stop stop);
/* The current thread executes its system call instruction with the registers that it has. */
void program_issue(struct program *p);
void program_issue_call(struct program *p, enum abi_syscall call, word cptr, word info);
/* The current thread's IPC buffer, which it may write like all its memory; NULL if it has none. */
word *program_buffer(struct program *p);
void program_invoke(struct program *p, const struct message *m, enum abi_syscall call);

/* ------------------------------------------------------------------ the program's parts */

/* kernel_invocations.c */
void program_step_invocation(struct program *p);
word program_take_vaddr(struct program *p);

/* kernel_setup.c */
void program_choose_config(struct kernel_config *c, unsigned bits);
void program_learn_numbers(struct program *p);
void program_prepare(struct program *p, unsigned how);

#endif
