/*
 * The runtime of our guests: what a small seL4 system needs and no more.
 *
 * It is plain user code on libsel4 and runs on any seL4 of the configuration it was built for.
 * There is no clean-up and no error handling to speak of: what must not fail ends the guest with a
 * message when it does. One thread at a time may allocate or map.
 */
#pragma once

#include <sel4/sel4.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What each guest defines; returning from it ends the guest as guest_exit() does. */
int main(void);

/* -------------------------------------------------------------- output */

/* %d %u %x %lx %ld %lu %s %c %p and a width with or without 0. At most 511 characters at once. */
__attribute__((format(printf, 1, 2))) void guest_printf(const char *format, ...);

/* Where characters go: the kernel's console, the serial port, or a server. */
extern void (*guest_putchar)(char c);

/* Prints why and stops. */
__attribute__((noreturn, format(printf, 1, 2))) void guest_die(const char *format, ...);

/* Prints the last line of a transcript and stops the machine, or the thread where it cannot. */
__attribute__((noreturn)) void guest_exit(void);

/* Ends the guest unless `error` is seL4_NoError. */
void must(const char *what, seL4_Error error);

/* "seL4_RangeError (1..256)": an invocation's error with what the kernel says about it. */
const char *error_text(seL4_Error error);

/* Prints "WHAT: ERROR". */
void report(const char *what, seL4_Error error);

/* -------------------------------------------------------------- strings */

void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

/* -------------------------------------------------------------- capabilities and memory */

#define ROOT       seL4_CapInitThreadCNode
#define OWN_VSPACE seL4_CapInitThreadVSpace
#define OWN_TCB    seL4_CapInitThreadTCB
#define DEPTH      seL4_WordBits

#define PAGE_SIZE 4096ul

/* A free slot of the root CNode, or the first of `count` that follow one another. */
seL4_CPtr slot_alloc(void);
seL4_CPtr slots_alloc(seL4_Word count);

/* A new object, made from the boot info's memory. */
seL4_CPtr object_alloc(seL4_Word type, seL4_Word size_bits);

/* The same, as an error rather than an end; the capability is put into `slot`. */
seL4_Error object_try(seL4_CPtr slot, seL4_Word type, seL4_Word size_bits);

/* A copy of a capability in a new slot; with a badge when that is not 0. */
seL4_CPtr cap_copy(seL4_CPtr cap, seL4_CapRights_t rights);
seL4_CPtr cap_mint(seL4_CPtr cap, seL4_CapRights_t rights, seL4_Word badge);
seL4_Error cap_delete(seL4_CPtr cap);
seL4_Error cap_revoke(seL4_CPtr cap);

/* Whether a slot holds nothing; it is left as it was. */
bool slot_is_empty(seL4_CPtr slot);

/* Maps a frame of any size, with the paging structures that it needs. */
seL4_Error vspace_map(seL4_CPtr vspace, seL4_CPtr frame, seL4_Word vaddr, seL4_CapRights_t rights);

/* Addresses of this VSpace that nothing uses, aligned to their size (a power of two). */
void *vspace_reserve(seL4_Word bytes);

/* A new 4 KiB frame mapped for reading and writing; its capability in *frame if that is wanted. */
void *page_alloc(seL4_CPtr *frame);

/* -------------------------------------------------------------- threads */

#define STACK_SIZE 16384
#define TLS_SIZE   1024

struct thread {
    seL4_CPtr tcb;
    seL4_CPtr sched_context; /* MCS */
    seL4_CPtr ipc_frame;
    seL4_IPCBuffer *ipc;
    void (*run)(void *argument);
    void *argument;
    char *tls; /* what the thread's FS base points at */
    char tls_block[TLS_SIZE] __attribute__((aligned(64)));
    char stack[STACK_SIZE] __attribute__((aligned(64)));
};

#ifdef CONFIG_KERNEL_MCS
/* A new scheduling context, which gives its thread a share of its priority's time at any time. */
seL4_CPtr sched_context_alloc(void);
#endif

/* Makes a thread of this process that is not running yet. `thread` must be zero. */
void thread_create(struct thread *thread, void (*run)(void *), void *argument, int priority,
                   seL4_CPtr fault_endpoint);

/* Lets it run from the beginning. It suspends itself when `run` returns. */
void thread_start(struct thread *thread);

/* Both. */
void thread_run(struct thread *thread, void (*run)(void *), void *argument, int priority);

/* What debuggers and traces call it; release kernels have no names. */
void thread_name(seL4_CPtr tcb, const char *name);

/* -------------------------------------------------------------- processes */

/* Where a process that process_start() made finds things. */
#define CHILD_IPC_BUFFER 0x70000000ul
#define CHILD_ENDPOINT   2 /* to whom it talks; its faults go there too */
#define CHILD_TCB        3
#define CHILD_FIRST_FREE 4 /* slots from here on are for the program that starts it */
#define CHILD_RADIX      10

struct process {
    seL4_CPtr cnode, vspace, tcb;
    seL4_Word entry;
};

/* What a process asks of its server by default: to print the message's words as text. */
#define LABEL_PRINT 0x50
#define LABEL_EXIT  0x51

/* Loads an ELF file; ends the guest if it cannot. The child's endpoint gets `badge`. */
void process_create(struct process *process, const void *elf, seL4_CPtr endpoint, seL4_Word badge,
                    int priority);
void process_start(struct process *process);

/* Puts a copy of `cap` into a slot of the process. */
void process_give(struct process *process, seL4_CPtr cap, seL4_Word slot, seL4_CapRights_t rights);

/* Serves one LABEL_PRINT message that was just received. */
void process_print(seL4_MessageInfo_t message);

/* The file `name` in an archive made by tools/mkarchive.py, or NULL. */
const void *archive_find(const void *archive, const char *name, size_t *size);

/* -------------------------------------------------------------- odds and ends */

/*
 * The name that guest_exit() prints, if the build gives one to the file with main(). Weak: a program of
 * several files has it more than once.
 */
extern const char guest_name[] __attribute__((weak));
#ifdef GUEST_NAME
const char guest_name[] = GUEST_NAME;
#endif

/* Issues a capability to I/O ports. */
seL4_CPtr ports_alloc(seL4_Word first, seL4_Word last);
