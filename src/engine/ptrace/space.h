/*
 * A VSpace's stand-in on the host: a tracee whose mappings are a cache of the guest's page tables.
 * Entries may be missing at any time, never stale when the guest runs: space_update() first.
 */
#ifndef SEL4UX_ENGINE_PTRACE_SPACE_H
#define SEL4UX_ENGINE_PTRACE_SPACE_H

#include "engine/ptrace/text.h"
#include "engine/ptrace/tracee.h"
#include "machine/machine.h"

struct space {
    struct tracee tracee;
    bool used;                    /* it stands for a VSpace */
    bool loaded;                  /* `regs` are what the tracee's registers hold */
    struct user_regs_struct regs; /* fs_base and gs_base are always what the tracee's are */
    paddr fpu_owner;              /* TCB whose FPU state is in the tracee; 0: none */
    uint64_t fpu_ticket;          /* what that TCB holds to prove it */
    uint64_t breakpoint[4], breakpoint_control; /* debug registers as set */
    struct text text;
};

void spaces_init(int memory_fd);

/* The stand-in of `pml4`, made when there is none yet. Never NULL: failures end the machine. */
struct space *space_of(struct machine *m, paddr pml4);

/* Brings its mappings in line with what the kernel model changed. */
void space_update(struct machine *m, struct space *space, paddr pml4);

/* Makes the RAM that the tables map at `vaddr` (`t`) present, with some of its neighbours. */
void space_refill(struct machine *m, struct space *space, paddr pml4, uint64_t vaddr,
                  const struct translation *t);

/* For text.h: what the tables map at `vaddr`, one page of it; false: no RAM. */
bool space_page(const struct machine *m, paddr pml4, uint64_t vaddr, struct translation *page);

/* For text.h: maps a run of RAM that the tables map; takes mappings away. */
enum space_map {
    SPACE_DATA, /* executable only where text.h does not matter */
    SPACE_TEXT,
    SPACE_COPY, /* private, for execution and reading */
};
void space_map(struct machine *m, struct space *space, paddr pml4, const struct translation *run,
               enum space_map how);
void space_drop(struct machine *m, struct space *space, uint64_t start, uint64_t end);

/* The VSpace of stand-in `host` is gone. */
void space_release(struct machine *m, uint32_t host);

/* FPU state stays in the tracee until another thread needs it, or the same thread elsewhere. */
void space_load_fpu(struct machine *m, struct space *space, paddr tcb);

/* All of it goes back to the TCBs. */
void spaces_save_fpu(struct machine *m);

#endif
