/*
 * Engines `trap`, `patch` and `link`, the monitor's side: starts the stub as zygote, passes kicks
 * on, and knows which deaths are expected. All processes of the machine are children of the monitor
 * in one process group of their own, whose first member is the zygote; that makes it simple to end
 * them for sure.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/breakpoints.h"
#include "engine/engine.h"
#include "engine/inproc/bases.h"
#include "host/process.h"
#include "stub/layout.h"

struct engine {
    struct machine *machine;
    struct engine_state *state;
    pid_t zygote; /* also the process group of all */
};

extern const char stub_program_0_start[], stub_program_0_end[];
extern const char stub_program_1_start[], stub_program_1_end[];

/* ------------------------------------------------------------------ start */

/* A descriptor from which the stub can be executed; nothing of it lies in the file system. */
static int program_fd(const char *start, const char *end, struct error *err)
{
    int fd = memfd_create("sel4ux-stub", MFD_CLOEXEC);

    if (fd < 0)
        return error_errno(err, errno, "no memory file for the stub");
    for (ssize_t done; start < end; start += done) {
        done = write(fd, start, (size_t)(end - start));
        if (done < 0) {
            int saved = errno;
            close(fd);
            return error_errno(err, saved, "writing the stub");
        }
    }
    return fd;
}

static void init_state(struct engine_state *e, const struct engine_setup *setup, bool patches)
{
    memset(e, 0, offsetof(struct engine_state, request));
    e->bases = bases_of_host();
    e->monitor_pid = getpid();
    e->memory_size = setup->memory->size;
    e->patches = patches;
    e->copies = patches || e->bases == BASES_FORGOTTEN;
    for (unsigned window = 0; window < WINDOW_COUNT; window++)
        e->spare_list[window] = LANE_NONE;

    /* The first lane has the token from the start and finds out itself what runs. */
    e->lane_count = 1;
    e->created = 1;
    e->spare_list[0] = 0;
    e->spare_count[0] = 1;
    e->lane[0].next = LANE_NONE;
    e->lane[0].window = 0;
    e->lane[0].use = LANE_SPARE;
    e->lane[0].turn = TURN_YOURS;
    e->request[0] = 0;
    e->requested = 1;
}

/* The program's file, if its text can be shown; else -1. */
static int open_text(struct engine_state *e, const struct engine_text *text)
{
    int fd = text->end != 0 ? open(text->path, O_RDONLY | O_CLOEXEC) : -1;

    if (fd >= 0) {
        e->text_start = text->start;
        e->text_end = text->end;
        e->text_offset = text->offset;
    }
    return fd;
}

/* Moves `from` to `to`, where it stays open over exec. */
static void place_fd(int from, int to)
{
    if (from == to)
        fcntl(to, F_SETFD, 0);
    else
        dup2(from, to);
}

#define KEPT_COUNT 4
#define FD_FREE    6 /* between those that are kept */

/* In the child. Descriptors go up first, so that none is overwritten before it has moved. */
static _Noreturn void become_zygote(pid_t monitor, int program, const int given[KEPT_COUNT])
{
    static const int keep[KEPT_COUNT] = {STUB_FD_MEMORY, STUB_FD_DOORBELL, STUB_FD_OTHER,
                                         STUB_FD_TEXT};
    char *const argv[] = {"sel4ux-zygote", NULL}, *const envp[] = {NULL};
    int high[KEPT_COUNT];
    int self = fcntl(program, F_DUPFD_CLOEXEC, 100);

    for (int i = 0; i < KEPT_COUNT; i++)
        high[i] = given[i] < 0 ? -1 : fcntl(given[i], F_DUPFD, 100);
    setpgid(0, 0);
    process_become_child(monitor, "sel4ux-zygote");
    /* Linux puts the new program's stack and vdso at the very top, far from the window. */
    personality(ADDR_NO_RANDOMIZE);
    for (int i = 0; i < KEPT_COUNT; i++) {
        if (high[i] >= 0)
            place_fd(high[i], keep[i]);
    }
    close(FD_FREE);
    close_range(STUB_FD_TEXT + (high[KEPT_COUNT - 1] >= 0), (unsigned)self - 1, 0);
    close_range((unsigned)self + 1, ~0u, 0);
    close_range(0, STUB_FD_MEMORY - 1, 0);
    syscall(SYS_execveat, self, "", argv, envp, AT_EMPTY_PATH);
    _exit(127);
}

static int start(struct engine **engine, const struct engine_setup *setup, bool patches, bool shows,
                 struct error *err)
{
    int text = -1;
    int program = program_fd(stub_program_0_start, stub_program_0_end, err);
    if (program < 0)
        return program;
    int other = program_fd(stub_program_1_start, stub_program_1_end, err);
    struct engine *e = other < 0 ? NULL : calloc(1, sizeof(*e));
    int result = other < 0 ? other : 0;

    if (other >= 0 && !e)
        result = error_errno(err, ENOMEM, "starting the engine");
    if (e) {
        e->machine = setup->memory->machine;
        e->state = engine_state_of(e->machine);
        init_state(e->state, setup, patches);
        breakpoints_try_host(e->machine);
        if (shows)
            text = open_text(e->state, &setup->text);
        e->zygote = fork();
        if (e->zygote == 0)
            become_zygote(e->state->monitor_pid, program,
                          (const int[KEPT_COUNT]){setup->memory->fd, setup->doorbell, other, text});
        if (e->zygote < 0) {
            result = error_errno(err, errno, "starting the machine's first process");
            free(e);
        } else {
            setpgid(e->zygote, e->zygote);
            *engine = e;
        }
    }
    if (text >= 0)
        close(text);
    if (other >= 0)
        close(other);
    close(program);
    return result;
}

/* Where every call of the guest's is a signal, a handler may take longer than its timer's period.
 */
static int trap_start(struct engine **engine, const struct engine_setup *setup, struct error *err)
{
    struct machine *m = setup->memory->machine;

    if (!m->clock.is_virtual)
        m->hold_max = HOLD_LONG;
    return start(engine, setup, false, false, err);
}

static int patch_start(struct engine **engine, const struct engine_setup *setup, struct error *err)
{
    return start(engine, setup, true, false, err);
}

static int link_start(struct engine **engine, const struct engine_setup *setup, struct error *err)
{
    return start(engine, setup, true, true, err);
}

/* ------------------------------------------------------------------ while it runs */

/*
 * A lane stores `running` before it looks at machine.kick for the last time, so either it sees the
 * kick or it is in `running` here. A lane that has gone on since gets an idle interrupt, no more.
 */
static void inproc_kick(struct engine *e)
{
    atomic_fetch_add(&e->machine->kick, 1);
    syscall(SYS_futex, &e->machine->kick, FUTEX_WAKE, 1, NULL, NULL, 0);
    uint32_t running = atomic_load(&e->state->running);
    pid_t pid = running ? atomic_load(&e->state->lane[running - 1].pid) : 0;
    if (pid > 0)
        syscall(SYS_tgkill, pid, pid, SIGUSR1);
}

static int inproc_home(struct engine *e)
{
    return e->state->cpu[CPU_SECOND] != CPU_NONE ? (int)e->state->cpu[CPU_HOME] : -1;
}

static void inproc_hold(struct engine *e, bool held)
{
    kill(-e->zygote, held ? SIGSTOP : SIGCONT);
}

static struct lane_slot *lane_of(struct engine_state *e, pid_t pid)
{
    for (uint32_t i = 0; i < e->lane_count && i < LANE_MAX; i++) {
        if (atomic_load(&e->lane[i].pid) == pid)
            return &e->lane[i];
    }
    return NULL;
}

static bool inproc_child_died(struct engine *e, pid_t pid, int status, struct error *err)
{
    struct lane_slot *slot = lane_of(e->state, pid);
    char how[128];

    process_describe_end(status, how, sizeof(how));
    if (pid == e->zygote) {
        error_set(err,
                  WIFEXITED(status) && WEXITSTATUS(status) == 127
                      ? "the stub could not be executed (vm.memfd_noexec?): its process %s"
                      : "the process that makes VSpace processes %s",
                  how);
        return true;
    }
    if (slot && atomic_load(&slot->use) == LANE_LEAVING && WIFEXITED(status)) {
        atomic_store(&slot->pid, 0);
        atomic_store(&slot->use, LANE_FREE);
        return false;
    }
    error_set(err, "a VSpace process (%d) %s", (int)pid, how);
    return true;
}

/* The group outlives its first member, and no fork can slip through a signal to the group. */
static void inproc_stop(struct engine *e)
{
    kill(-e->zygote, SIGKILL);
    while (waitpid(-e->zygote, NULL, 0) > 0 || errno == EINTR)
        continue;
    free(e);
}

const struct engine_ops engine_trap = {
    .name = "trap",
    .summary = "kernel model beside the guest; system calls are signals",
    .start = trap_start,
    .kick = inproc_kick,
    .home = inproc_home,
    .hold = inproc_hold,
    .child_died = inproc_child_died,
    .stop = inproc_stop,
};

const struct engine_ops engine_patch = {
    .name = "patch",
    .summary = "like trap, but calls that have trapped once become jumps",
    .start = patch_start,
    .kick = inproc_kick,
    .home = inproc_home,
    .hold = inproc_hold,
    .child_died = inproc_child_died,
    .stop = inproc_stop,
};

/* The program's form is what differs: patches are for what `syscall`s it has. */
const struct engine_ops engine_link = {
    .name = "link",
    .summary = "for programs built with sel4ux-cc, whose system calls are jumps",
    .start = link_start,
    .kick = inproc_kick,
    .home = inproc_home,
    .hold = inproc_hold,
    .child_died = inproc_child_died,
    .stop = inproc_stop,
};
