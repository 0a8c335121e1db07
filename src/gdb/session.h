/*
 * What the parts of the gdb server share: one conversation with one debugger. All of it runs in the
 * monitor's poll loop, and all but server.c only while the machine is paused.
 */
#ifndef SEL4UX_GDB_SESSION_H
#define SEL4UX_GDB_SESSION_H

#include "gdb/gdb.h"
#include "gdb/packet.h"
#include "gdb/symbols.h"
#include "gdb/text.h"
#include "machine/machine.h"

/* Signals by GDB's own numbers, which are those of no host. */
enum gdb_signal {
    GDB_SIGNAL_0 = 0,
    GDB_SIGNAL_INT = 2,
    GDB_SIGNAL_ILL = 4,
    GDB_SIGNAL_TRAP = 5,
    GDB_SIGNAL_FPE = 8,
    GDB_SIGNAL_BUS = 10,
    GDB_SIGNAL_SEGV = 11,
    GDB_SIGNAL_SYS = 12,
};

/* Errors in replies: E and two digits, which debuggers show as they are. */
enum gdb_error { GDB_ERROR_MEMORY = 14, GDB_ERROR_ARGUMENT = 22, GDB_ERROR_SPACE = 28 };

#define STOPS_MAX 64 /* non-stop: threads that stopped and were not told of yet */

/* A stop as it is told. */
struct gdb_stop {
    enum gdb_signal signal;
    uint64_t serial;  /* of the thread; 0: whoever there is */
    bool breakpoint;  /* by one */
    uint64_t watched; /* address of a watchpoint; 0: none */
    enum debugger_watch watch;
};

#define FILES_MAX 16
#define LEFT_MAX  64

struct gdb {
    struct gdb_setup setup;
    struct watcher listening, talking; /* fd -1: not */
    char unix_path[108];               /* to be removed; "": none */
    struct symbols symbols;

    struct pausing *pausing; /* NULL: no machine */
    struct machine *machine;
    bool wished; /* it wants the machine to be paused */

    /* What comes and goes. */
    struct gdb_decoder decoder;
    struct gdb_text in, out;
    struct gdb_text last;   /* packet that was sent, as it was, should it have to be sent again */
    struct gdb_text reply;  /* to the packet that is being answered */
    struct gdb_text object; /* what qXfer reads in pieces */
    char object_name[128];

    /* What was agreed on. */
    bool no_acks, start_no_acks, multiprocess, swbreak, extended, non_stop;
    bool unacknowledged; /* our last packet; a packet that comes before that is was sent twice */
    bool answered;       /* since when what is now taken had come */

    bool awaited;    /* the first debugger: until then the machine waits */
    bool leaving;    /* the debugger has gone, but the machine does not know yet */
    bool detached;   /* it wants to go */
    bool restarting; /* it waits for a new machine's first stop */
    bool silent;     /* the packet that is being answered has no answer */
    bool interrupt;  /* Ctrl-C: to be stopped */
    bool running;    /* all-stop: the debugger waits for a stop */
    bool told;       /* non-stop: a notification has been sent and not been asked further yet */
    struct gdb_stop stop[STOPS_MAX]; /* non-stop: the queue; all-stop: the last one */
    unsigned stops;
    struct gdb_thread_id general, control; /* Hg, Hc */
    unsigned known;                        /* the last process that the debugger has been told of */
    bool looking_at_stop; /* it has been told of a stop and has not listed threads since */
    uint64_t listed;      /* qsThreadInfo: the serial of the last thread that was named */
    enum gdb_wish wish;
    unsigned left[LEFT_MAX], left_count; /* processes that the debugger has detached from */
    uint32_t file[FILES_MAX];            /* 1 + number of the open ELF file; 0: free */
};

static inline struct kernel *gdb_kernel(const struct gdb *g)
{
    return &g->machine->kernel;
}

/* ------------------------------------------------------------------ threads.c */

/* pid: serial of the VSpace; 0: it has none, or one that the debugger has detached from. */
unsigned gdb_pid(const struct gdb *g, paddr thread);
paddr gdb_find_thread(const struct gdb *g, struct gdb_thread_id id); /* 0 and -1: any that fits */
paddr gdb_find_serial(const struct gdb *g, uint64_t serial);
paddr gdb_find_vspace(const struct gdb *g, int64_t pid);
bool gdb_matches(const struct gdb *g, paddr thread, struct gdb_thread_id id);
paddr gdb_any_thread(const struct gdb *g);   /* the current one, if there is one */
paddr gdb_first_thread(const struct gdb *g); /* the oldest */
paddr gdb_next_thread(const struct gdb *g, paddr thread);
void gdb_print_id(const struct gdb *g, struct gdb_text *t, paddr thread);
void gdb_threads_xml(struct gdb *g, struct gdb_text *t);
void gdb_extra_info(struct gdb *g, struct gdb_text *t, paddr thread);

/* The thread that packets about registers and memory are about; 0: none. */
static inline paddr gdb_general(const struct gdb *g)
{
    paddr thread = gdb_find_thread(g, g->general);

    return thread != 0 ? thread : gdb_any_thread(g);
}

/* ------------------------------------------------------------------ registers.c */

void gdb_target_xml(struct gdb_text *t);
void gdb_read_registers(struct gdb *g, const char *args);  /* g */
void gdb_write_registers(struct gdb *g, const char *args); /* G */
void gdb_read_register(struct gdb *g, const char *args);   /* p */
void gdb_write_register(struct gdb *g, const char *args);  /* P */

/* ------------------------------------------------------------------ memory.c */

void gdb_read_memory(struct gdb *g, const char *args);            /* m */
void gdb_read_binary(struct gdb *g, const char *args);            /* x */
void gdb_write_memory(struct gdb *g, const char *args);           /* M */
void gdb_write_binary(struct gdb *g, const char *args);           /* X */
void gdb_change_point(struct gdb *g, const char *args, bool set); /* Z, z */

/* ------------------------------------------------------------------ resume.c */

void gdb_vcont(struct gdb *g, const char *args);
void gdb_resume_old(struct gdb *g, const char *args, bool step, bool has_signal); /* c C s S */
void gdb_set_non_stop(struct gdb *g, bool on);
void gdb_look_at_stop(struct gdb *g);  /* the machine is paused: why? */
void gdb_tell_reason(struct gdb *g);   /* ? */
void gdb_next_stop(struct gdb *g);     /* vStopped */
void gdb_interrupt_all(struct gdb *g); /* vCtrlC */

/* ------------------------------------------------------------------ query.c, files.c, commands.c
 */

void gdb_query(struct gdb *g, const char *args); /* q */
void gdb_set(struct gdb *g, const char *args);   /* Q */
void gdb_file(struct gdb *g, const char *args);  /* vFile: */
void gdb_exec_file(struct gdb *g, struct gdb_text *t, const char *annex);
void gdb_command(struct gdb *g, const char *command); /* qRcmd */

/* ------------------------------------------------------------------ server.c */

void gdb_answer(struct gdb *g, const char *format, ...) ERROR_PRINTF(2, 3); /* adds to the reply */
void gdb_error(struct gdb *g, enum gdb_error error);                        /* instead of a reply */
void gdb_notify(struct gdb *g, const struct gdb_text *t); /* a notification, at once */
void gdb_say(struct gdb *g, const char *text);            /* for the person at the debugger */
void gdb_say_long(struct gdb *g, const struct gdb_text *text);
void gdb_detach(struct gdb *g); /* the machine goes on without debugger */
void gdb_ask(struct gdb *g, enum gdb_wish wish);

#endif
