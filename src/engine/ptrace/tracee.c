/*
 * Tracees and what ptrace does to them (see tracee.h).
 *
 * All tracees share one stub page, which only the runner can write: it holds the code and the
 * table of system calls to make. They run one at a time, so one table is enough.
 */
#include "engine/ptrace/tracee.h"

#include <errno.h>
#include <elf.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/ptrace/shared.h"
#include "engine/ptrace/zygote.h"
#include "host/process.h"

#define PAGE         4096ull
#define STUB_ADDRESS (TRACEE_USER_END - 2 * PAGE)
#define CODE_OFFSET  64  /* whoever comes to the page otherwise meets int3 at once */
#define TABLE_OFFSET 256 /* as the stub has it */
#define INT3         0xcc

/*
 * The stub: makes the calls of the table behind it. Stops with rax = last result and r12 = calls
 * that were not made or failed.
 */
extern const char ptrace_stub_start[], ptrace_stub_end[];
__asm__(".pushsection .rodata\n"
        ".globl ptrace_stub_start, ptrace_stub_end\n"
        "ptrace_stub_start:\n"
        "    leaq ptrace_stub_start + 256 - 64(%rip), %rbx\n"
        "    movq (%rbx), %r12\n"
        "    addq $8, %rbx\n"
        "1:  movq (%rbx), %rax\n"
        "    movq 8(%rbx), %rdi\n"
        "    movq 16(%rbx), %rsi\n"
        "    movq 24(%rbx), %rdx\n"
        "    movq 32(%rbx), %r10\n"
        "    movq 40(%rbx), %r8\n"
        "    movq 48(%rbx), %r9\n"
        "    syscall\n"
        "    cmpq $-4095, %rax\n"
        "    jae 2f\n"
        "    addq $56, %rbx\n"
        "    decq %r12\n"
        "    jnz 1b\n"
        "2:  int3\n"
        "ptrace_stub_end:\n"
        ".popsection\n");

struct call_table {
    uint64_t count;
    struct tracee_call call[TRACEE_MAX_CALLS];
};

_Static_assert(TABLE_OFFSET + sizeof(struct call_table) <= PAGE, "the stub page is one page");

static struct tracee zygote;
static char *stub_page; /* the runner's view of it */

/* The guest that runs, for the handler that interrupts it; and whether it came in between. */
static volatile pid_t running;
static volatile sig_atomic_t interrupted;

/* ------------------------------------------------------------------ waiting */

static int wait_stop(pid_t pid)
{
    int status;
    pid_t got;

    do {
        got = waitpid(pid, &status, __WALL);
    } while (got < 0 && errno == EINTR);
    return got == pid ? status : -1;
}

static bool is_event_stop(int status)
{
    return WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_STOP;
}

void tracee_interrupt(void)
{
    int saved = errno;

    interrupted = 1;
    if (running != 0)
        ptrace(PTRACE_INTERRUPT, running, 0, 0);
    errno = saved;
}

/* Whether a fault of the stopped tracee's own waits to be reported. */
static bool has_fault(pid_t pid)
{
    struct __ptrace_peeksiginfo_args from = {.nr = 1};
    siginfo_t info;

    for (; ptrace(PTRACE_PEEKSIGINFO, pid, &from, &info) == 1; from.off++) {
        if (info.si_code > 0) /* raised, not sent */
            return true;
    }
    return false;
}

/*
 * Linux reports an interrupt before a fault that the guest has raised already. Left pending, the
 * fault would be taken for one of whoever runs in the tracee next: another thread, or the stub.
 * So it is fetched: a tracee that is stopped has none.
 */
int tracee_run(struct tracee *tracee, bool single_step)
{
    int status;

    running = tracee->pid;
    /* A handler from here on interrupts the guest itself; one before has left a note. */
    if (interrupted) {
        running = 0;
        return PTRACE_EVENT_STOP << 16 | SIGTRAP << 8 | 0x7f;
    }
    do {
        status = -1;
        if (ptrace(single_step ? PTRACE_SYSEMU_SINGLESTEP : PTRACE_SYSEMU, tracee->pid, 0, 0) == 0)
            status = wait_stop(tracee->pid);
    } while (is_event_stop(status) && has_fault(tracee->pid));
    running = 0;
    return status;
}

void tracee_forget_interrupt(void)
{
    interrupted = 0;
}

/* ------------------------------------------------------------------ calls inside */

/* An interrupt that came too late for the guest, or a signal that someone sent (a hold's). */
static bool is_from_outside(pid_t pid, int status)
{
    siginfo_t info;

    if (!WIFSTOPPED(status) || status >> 16 != 0)
        return is_event_stop(status);
    return ptrace(PTRACE_GETSIGINFO, pid, 0, &info) == 0 && info.si_code <= 0;
}

/* Runs to the end, whatever comes in between. */
static int run_stub(struct tracee *tracee)
{
    int status;

    do {
        if (ptrace(PTRACE_CONT, tracee->pid, 0, 0) != 0)
            return -1;
        status = wait_stop(tracee->pid);
    } while (is_from_outside(tracee->pid, status));
    return status;
}

static int aim_at_stub(struct tracee *tracee)
{
    struct user_regs_struct regs = {
        .rip = tracee->stub + CODE_OFFSET,
        .cs = 0x33,
        .ss = 0x2b,
        .eflags = 0x202,
        .orig_rax = ~0ull,
    };
    struct iovec part = {.iov_base = &regs, .iov_len = offsetof(struct user_regs_struct, fs_base)};

    return ptrace(PTRACE_SETREGSET, tracee->pid, NT_PRSTATUS, &part) == 0 ? 0 : -errno;
}

static void fill_table(const struct tracee_call *calls, size_t count)
{
    struct call_table *table = (struct call_table *)(stub_page + TABLE_OFFSET);

    table->count = count;
    memcpy(table->call, calls, count * sizeof calls[0]);
}

static int stub_result(struct tracee *tracee, int status, uint64_t *value)
{
    struct user_regs_struct regs;

    if (status < 0 || !WIFSTOPPED(status) || ptrace(PTRACE_GETREGS, tracee->pid, 0, &regs) != 0)
        return -ESRCH;
    if (regs.rax >= -4095ull)
        return (int)(int64_t)regs.rax;
    if (value != NULL)
        *value = regs.rax;
    return 0;
}

int tracee_calls(struct tracee *tracee, const struct tracee_call *calls, size_t count,
                 uint64_t *value)
{
    while (count > 0) {
        size_t batch = count < TRACEE_MAX_CALLS ? count : TRACEE_MAX_CALLS;

        fill_table(calls, batch);
        int status = aim_at_stub(tracee);
        if (status == 0)
            status = stub_result(tracee, run_stub(tracee), value);
        if (status != 0)
            return status;
        calls += batch;
        count -= batch;
    }
    return 0;
}

int tracee_move_stub(struct tracee *tracee, uint64_t to)
{
    struct tracee_call move = {SYS_mremap,
                               {tracee->stub, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to}};
    /* The stub can't go on from where it was: it stops with a fault, which is as good as int3. */
    int status = tracee_calls(tracee, &move, 1, NULL);

    if (status == 0)
        tracee->stub = to;
    return status;
}

/* ------------------------------------------------------------------ birth and death */

static int make_stub_page(struct error *err)
{
    int fd = memfd_create("sel4ux-stub", MFD_CLOEXEC);

    if (fd < 0 || ftruncate(fd, PAGE) != 0)
        return error_errno(err, errno, "can't create the stub page");
    stub_page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    void *inside = mmap((void *)STUB_ADDRESS, PAGE, PROT_READ | PROT_EXEC,
                        MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
    if (stub_page == MAP_FAILED || inside != (void *)STUB_ADDRESS)
        return error_errno(err, errno, "can't map the stub page");
    memset(stub_page, INT3, CODE_OFFSET);
    memcpy(stub_page + CODE_OFFSET, ptrace_stub_start,
           (size_t)(ptrace_stub_end - ptrace_stub_start));
    close(fd);
    return 0;
}

static int seize(pid_t pid, struct error *err)
{
    long options =
        PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE;

    if (ptrace(PTRACE_SEIZE, pid, 0, options) != 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) != 0)
        return error_errno(err, errno, "the host does not allow ptrace here");
    if (!is_event_stop(wait_stop(pid))) {
        error_set(err, "a guest's process ended before it began");
        return -ECHILD;
    }
    return 0;
}

static int clear_registers(struct tracee *tracee)
{
    struct user_regs_struct regs = {.cs = 0x33, .ss = 0x2b, .orig_rax = ~0ull};

    return ptrace(PTRACE_SETREGS, tracee->pid, 0, &regs) == 0 ? 0 : -errno;
}

/* Everything goes but the stub page; the call that unmaps the code below it runs above it. */
static int unmap_all(struct tracee *tracee, struct error *err)
{
    uint64_t behind = tracee->stub + PAGE;
    struct tracee_call calls[] = {
        {SYS_munmap, {0, tracee->stub}},
        {SYS_munmap, {behind, TRACEE_USER_END - behind}},
    };
    int status = tracee_calls(tracee, calls, 2, NULL);

    if (status != 0)
        return error_errno(err, -status, "can't empty a guest's address space");
    return 0;
}

static int wait_for_zygote(_Atomic uint64_t *ready, struct error *err)
{
    struct timespec moment = {.tv_nsec = 10000};

    while (*ready == 0) {
        int status;

        if (waitpid(zygote.pid, &status, WNOHANG) != 0) {
            zygote.pid = 0;
            error_set(err, "a guest's process ended before it began");
            return -ECHILD;
        }
        nanosleep(&moment, NULL);
    }
    return 0;
}

int tracee_init(int memory_fd, bool trap_counter, struct error *err)
{
    _Atomic uint64_t *ready;
    pid_t runner = getpid();
    int status = make_stub_page(err);

    if (status != 0)
        return status;
    ready = (_Atomic uint64_t *)(stub_page + TABLE_OFFSET);
    zygote = (struct tracee){.pid = fork(), .stub = STUB_ADDRESS};
    if (zygote.pid == 0)
        zygote_main(runner, memory_fd, trap_counter, ready);
    if (zygote.pid < 0)
        return error_errno(err, errno, "can't create a process for the guest");
    shared_add_pid(zygote.pid);
    status = wait_for_zygote(ready, err);
    if (status == 0)
        status = seize(zygote.pid, err);
    if (status == 0)
        status = tracee_learn_fpu(&zygote, err);
    if (status == 0)
        status = unmap_all(&zygote, err);
    if (status != 0)
        return status;
    status = clear_registers(&zygote);
    return status != 0 ? error_errno(err, -status, "can't set a guest's registers") : 0;
}

static int adopt(struct tracee *tracee, pid_t pid)
{
    *tracee = (struct tracee){.pid = pid, .stub = zygote.stub};
    shared_add_pid(pid);
    return is_event_stop(wait_stop(pid)) ? clear_registers(tracee) : -ESRCH;
}

int tracee_create(struct tracee *tracee)
{
    struct tracee_call clone_call = {SYS_clone, {CLONE_PARENT | SIGCHLD}};
    unsigned long pid;
    int status, stop;

    fill_table(&clone_call, 1);
    status = aim_at_stub(&zygote);
    if (status != 0)
        return status;
    stop = run_stub(&zygote);
    if (stop >= 0 && WIFSTOPPED(stop) &&
        (stop >> 16 == PTRACE_EVENT_FORK || stop >> 16 == PTRACE_EVENT_CLONE)) {
        if (ptrace(PTRACE_GETEVENTMSG, zygote.pid, 0, &pid) != 0)
            return -errno;
        status = adopt(tracee, (pid_t)pid);
        stop = run_stub(&zygote);
        return status != 0 ? status : stub_result(&zygote, stop, NULL);
    }
    status = stub_result(&zygote, stop, NULL);
    return status != 0 ? status : -EPERM;
}

void tracee_kill(struct tracee *tracee)
{
    int status;

    if (tracee->pid <= 0)
        return;
    kill(tracee->pid, SIGKILL);
    do {
        if (!process_reap(tracee->pid, &status))
            break;
    } while (WIFSTOPPED(status));
    shared_remove_pid(tracee->pid);
    tracee->pid = 0;
}

void tracee_kill_all(void)
{
    for (uint32_t n = shared_pid_count(); n-- > 0;) {
        struct tracee tracee = {.pid = shared_pid(n)};

        tracee_kill(&tracee);
    }
}
