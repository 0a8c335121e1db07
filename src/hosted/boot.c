/*
 * Before main(): powers a machine on in this process and makes the calling thread the root task's.
 *
 * The boot info says what it would to any root task, but that no image was loaded: the program's
 * own pages are Linux's, userImageFrames is empty.
 */
#include "hosted/hosted.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "hosted/linux.h"
#include "hosted/valgrind.h"
#include "host/tsc.h"
#include "kernel/boot.h"
#include "machine/boot.h"

#define MEMORY_DEFAULT (3ull << 30)
#define BOOT_ROOM      (8 * BOOT_PAGE) /* IPC buffer, boot info, and what follows that */
#define EXIT_USAGE     2

struct hosted hosted;

__thread struct lane *sel4ux_lane;
__thread void *__sel4_ipc_buffer __attribute__((weak));
static void *boot_info;

/* libsel4's: where the root task finds out what it has been given. */
void *seL4_GetBootInfo(void);
void seL4_InitBootInfo(void *info);

__attribute__((weak)) void *seL4_GetBootInfo(void)
{
    return boot_info;
}

__attribute__((weak)) void seL4_InitBootInfo(void *info)
{
    boot_info = info;
}

static _Noreturn void give_up(int code, const struct error *err)
{
    log_error(&hosted.log, "%s", err->message);
    _exit(code);
}

static void read_options(void)
{
    const char *text = getenv("SEL4UX_FLAGS");
    struct error err = {{0}};

    hosted.options = (struct run_options){.memory = MEMORY_DEFAULT};
    if (options_take(&hosted.options, text, &err) != 0) {
        error_wrap(&err, "SEL4UX_FLAGS");
        give_up(EXIT_USAGE, &err);
    }
    log_init(&hosted.log, STDERR_FILENO, hosted.options.quiet);
}

static void start_clock(struct machine *m)
{
    if (!hosted.options.virtual_time) {
        tsc_start_clock(&m->clock);
        devices_init(&m->devices, (uint64_t)time(NULL));
        return;
    }
    clock_start_virtual(&m->clock, hosted.options.seed);
    devices_init(&m->devices, CLOCK_VIRTUAL_DATE);
}

/* Guests map pages of theirs one by one, so Linux's must not be larger. */
static int check_page_size(struct error *err)
{
    long size = sysconf(_SC_PAGESIZE);

    if (size == BOOT_PAGE)
        return 0;
    error_set(err, "this host's pages have %ld KiB: seL4 programs need a kernel with 4 KiB pages",
              size / 1024);
    return -ENOTSUP;
}

static int power_on(struct error *err)
{
    struct machine *m = hosted.machine;
    const char *why = "?";
    struct image image = {0};
    struct kernel_config config = sel4ux_configuration;
    struct abi abi;
    int status = recorder_open(&hosted.recorder, hosted.options.log, hosted.options.trace, m, err);

    if (status != 0)
        return status;
    image.vaddr_start = image.vaddr_end = memory_find_room(BOOT_ROOM);
    if (image.vaddr_end == 0) {
        error_set(err, "no low addresses are free for the boot info");
        return -ENOMEM;
    }
    config.stack_trace_length = 0; /* stacks are Linux's: the model can't read them */
    abi_init(&abi, &config);
    status = machine_boot(m, &config, &abi, &image, hosted.options.memory, &why);
    if (status != 0)
        error_set(err, "%s", why);
    return status;
}

static bool has_processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) > 1;
}

/* The program ends by itself: what the machine still has to say comes first. */
static void finish(void)
{
    struct error err = {{0}};

    hosted.ending = true;
    output_pump();
    if (recorder_close(&hosted.recorder, &err) != 0)
        log_error(&hosted.log, "%s", err.message);
    tools_skip_in_leak_check(kernel_at(hosted_kernel(), 0), hosted.memory.size - KERNEL_RAM_OFFSET);
}

static void begin(void)
{
    struct kernel *k = hosted_kernel();
    struct lane *lane;

    LINUX_CALL6(rt_sigprocmask, SIG_SETMASK, 0, &hosted.mask, sizeof hosted.mask, 0, 0);
    hosted.vspace = kernel_vspace(k, k->current);
    ((struct pml4 *)kernel_at(k, hosted.vspace))->shadow.host = 1;
    hosted.may_spin = has_processors() && !tools_run_one_thread();
    boot_info = (void *)kernel_current(k)->regs.rdi;
    guest_text_find();
    input_begin();
    memory_apply();
    lane = lane_make_main();
    signals_take_over();
    atexit(finish);
    timer_arm(lane);
}

/* Before the constructors of C++: they may make seL4 system calls. */
__attribute__((constructor(101))) static void boot(void)
{
    struct error err = {{0}};
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    hosted.started = (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
    log_init(&hosted.log, STDERR_FILENO, false);
    log_init(&hosted.diagnostics.log, STDERR_FILENO, false);
    read_options();
    if (check_page_size(&err) != 0)
        give_up(EXIT_FAILURE, &err);
    if (machine_memory_create(&hosted.memory, machine_ram_top(hosted.options.memory), &err) != 0)
        give_up(EXIT_FAILURE, &err);
    hosted.machine = hosted.memory.machine;
    start_clock(hosted.machine);
    if (hostio_begin(&err) != 0)
        give_up(EXIT_USAGE, &err);
    if (power_on(&err) != 0 || hostio_go_on(&err) != 0)
        give_up(EXIT_FAILURE, &err);
    begin();
}
