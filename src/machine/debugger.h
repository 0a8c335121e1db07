/*
 * What a debugger wants of a machine, carried out where the guests run: breakpoints, watchpoints,
 * steps, and the stops that hold the machine so that the debugger can look.
 *
 * The debugger lives in the monitor. It changes this, and uses the functions below that say so,
 * only while the machine is paused. The machine's holder fills `stop` and asks for a pause itself;
 * it goes on once the debugger has set stop.event back to DEBUGGER_NOTHING and let it go.
 *
 * A breakpoint is an int3 in the guest's frame: it is there for every VSpace that maps the frame,
 * so a hit elsewhere is passed over, with the instruction that was there, before anything else
 * runs. It follows its page: where nothing is mapped it waits. The guest's kernel never sees it.
 * A watchpoint makes the threads of its VSpace run one instruction at a time, so it works on any
 * host. For writes its bytes are compared after each and after each kernel entry: that sees what
 * the kernel and other mappings of the memory write, too. For reads each instruction is decoded
 * before it is executed; what the kernel reads is not seen.
 */
#ifndef SEL4UX_MACHINE_DEBUGGER_H
#define SEL4UX_MACHINE_DEBUGGER_H

#include "kernel/kernel.h"

#define DEBUGGER_BREAKPOINTS 512
#define DEBUGGER_WATCHPOINTS 16
#define DEBUGGER_WATCH_MAX   64 /* bytes of one */

enum debugger_event {
    DEBUGGER_NOTHING,
    DEBUGGER_BREAKPOINT, /* `thread` is about to execute what is at `address` */
    DEBUGGER_WATCHPOINT, /* that of kind `watch` at `address` was met; `thread` ran last */
    DEBUGGER_STEP,       /* `thread` has made its step and is about to run on */
    DEBUGGER_FAULT,      /* `thread` is about to raise `fault`, or, if that is STOP_NONE, was
                          * stopped for kernel.fault, which nobody handles */
    DEBUGGER_START,      /* the first thread of a VSpace is about to execute something */
    DEBUGGER_STUCK,      /* nothing can run and nothing can wake anything: about to end */
};

enum debugger_watch {
    DEBUGGER_WATCH_WRITE,  /* the bytes change */
    DEBUGGER_WATCH_READ,   /* an instruction has read some */
    DEBUGGER_WATCH_ACCESS, /* one has read or written some, or they change */
};

struct debugger_stop {
    uint32_t event; /* enum debugger_event */
    uint32_t watch; /* enum debugger_watch */
    paddr thread;   /* 0: none */
    uint64_t address;
    struct stop fault;
};

struct debugger_breakpoint {
    paddr vspace;  /* 0: free */
    uint32_t asid; /* what it had: one that has gone has no breakpoints */
    uint64_t vaddr;
    paddr at;     /* where int3 has been put; 0: nowhere, the page is not there */
    uint8_t byte; /* what it stands for */
};

struct debugger_watchpoint {
    paddr vspace; /* 0: free */
    uint32_t asid;
    uint64_t vaddr;
    uint32_t size;
    uint32_t kind;                     /* enum debugger_watch */
    uint8_t bytes[DEBUGGER_WATCH_MAX]; /* what it was when last looked at */
};

enum debugger_step { DEBUGGER_STEP_NONE, DEBUGGER_STEP_WANTED, DEBUGGER_STEP_MADE };

struct debugger {
    bool on;
    bool catch_faults; /* DEBUGGER_FAULT also for those that have a handler */
    bool catch_starts; /* DEBUGGER_START */
    struct debugger_stop stop;
    struct debugger_breakpoint breakpoint[DEBUGGER_BREAKPOINTS];
    struct debugger_watchpoint watchpoint[DEBUGGER_WATCHPOINTS];
    uint32_t breakpoints, watchpoints; /* how many there are */

    /* Private to debugger.c. */
    paddr over,
        over_thread;        /* where int3 is taken out while that thread executes one instruction */
    bool raising;           /* the fault of this entry has been told of */
    bool stuck;             /* has been told since something ran */
    uint32_t foreseen, met; /* watchpoints, a bit each: that the current thread's next instruction
                             * is going to read or write, and that it has */
};

struct machine;

/* ------------------------------------------------------------------ for the debugger */

/* A debugger has come; and gone: all breakpoints, watchpoints, steps and holds go. */
void debugger_attach(struct machine *m);
void debugger_detach(struct machine *m);

/* -EINVAL: no such address, or too long; -ENOSPC: too many. Setting twice is setting once. */
int debugger_set_breakpoint(struct machine *m, paddr vspace, uint64_t vaddr);
int debugger_clear_breakpoint(struct machine *m, paddr vspace, uint64_t vaddr);
int debugger_set_watchpoint(struct machine *m, paddr vspace, uint64_t vaddr, uint32_t size,
                            enum debugger_watch kind);
int debugger_clear_watchpoint(struct machine *m, paddr vspace, uint64_t vaddr, uint32_t size,
                              enum debugger_watch kind);

/*
 * Memory of a VSpace by its tables, as the guest's own code left it; true if all of it is RAM.
 * Writing does not need the guest's right to write.
 */
bool debugger_read(struct machine *m, paddr vspace, uint64_t vaddr, void *bytes, uint64_t size);
bool debugger_write(struct machine *m, paddr vspace, uint64_t vaddr, const void *bytes,
                    uint64_t size);

/*
 * Before the machine is let go: the thread is to run on from where it is. With `step` it is told of
 * once it has executed an instruction and is about to execute the next. With `raise` the fault that
 * it has been stopped for is raised: else it executes the instruction again, and is told of again.
 */
void debugger_go(struct machine *m, paddr thread, bool step, bool raise);

/* No thread has a step to make any more. */
void debugger_forget_steps(struct machine *m);

/* VSpaces that there are now are not told of as DEBUGGER_START. */
void debugger_know_all(struct machine *m);

/* ------------------------------------------------------------------ for machine.c, while `on` */

/* At the start of an entry: what is to be entered instead; NULL: nothing, the machine is held. */
const struct stop *debugger_before(struct machine *m, const struct stop *stop, struct stop *other);

/* At its end; `ran` is the thread that was current at its start. */
void debugger_after(struct machine *m, paddr ran);

bool debugger_steps(const struct machine *m); /* the current thread */
void debugger_stepped(struct machine *m);

/* The machine is stuck. True: it is not to end for that now. */
bool debugger_stuck(struct machine *m);

#endif
