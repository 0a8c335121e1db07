/* From options and an image to a machine that an engine runs (see run.h). */
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/tsc.h"
#include "machine/boot.h"
#include "monitor/run.h"

static int open_signals(struct run *run)
{
    static const int numbers[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
    sigset_t set;

    sigemptyset(&set);
    for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++)
        sigaddset(&set, numbers[n]);
    sigprocmask(SIG_BLOCK, &set, &run->mask_before);
    signal(SIGPIPE, SIG_IGN);
    run->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    run->doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (run->signals < 0 || run->doorbell < 0)
        return error_errno(run->err, errno, "can't wait for events");
    return 0;
}

static void start_clock(struct machine *m, const struct run_options *o)
{
    struct stat status;

    if (!o->virtual_time) {
        tsc_start_clock(&m->clock);
        devices_init(&m->devices, (uint64_t)time(NULL));
        return;
    }
    clock_start_virtual(&m->clock, o->seed);
    devices_init(&m->devices, CLOCK_VIRTUAL_DATE);
    m->devices.serial.paced = true;
    m->input_is_file = fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode);
}

static int boot(struct run *run, const struct image *image)
{
    const struct run_options *o = run->options;
    const char *why = "?";
    int status = machine_memory_create(&run->memory, machine_ram_top(o->memory), run->err);

    if (status != 0)
        return status;
    start_clock(run->memory.machine, o);
    status = grants_open(&run->grants, o, run->memory.machine, run->err);
    if (status != 0)
        return status;
    status = recorder_open(&run->recorder, o->log, o->trace, run->memory.machine, run->err);
    if (status != 0)
        return status;
    status = machine_boot(run->memory.machine, &o->config, &o->abi, image, o->memory, &why);
    if (status != 0)
        error_set(run->err, "%s: %s", o->image_path, why);
    return status;
}

static struct engine_text text_of(const struct image *image, const char *path)
{
    struct engine_text text = {.path = path};

    for (size_t i = 0; i < image->segment_count && text.end == 0; i++) {
        const struct image_segment *s = &image->segment[i];
        uint64_t offset = (uint64_t)(s->data - image->file), skew = s->vaddr & MASK(PAGE_BITS);
        if (s->type != PT_LOAD || !(s->flags & IMAGE_EXECUTE) || s->filesz == 0 ||
            skew != (offset & MASK(PAGE_BITS)))
            continue;
        text.start = s->vaddr - skew;
        text.end = (s->vaddr + s->filesz + MASK(PAGE_BITS)) & ~MASK(PAGE_BITS);
        text.offset = offset - skew;
    }
    return text;
}

static void kick_engine(void *run)
{
    struct run *r = run;

    if (r->engine != NULL)
        r->ops->kick(r->engine);
}

static int choose_engine(struct run *run)
{
    run->ops = run->options->engine != NULL ? engine_find(run->options->engine) : engines[0];
    if (run->ops != NULL)
        return 0;
    error_set(run->err, "there is no engine \"%s\"", run->options->engine);
    return -EINVAL;
}

static int start_engine(struct run *run, const struct image *image)
{
    struct engine_setup setup = {.memory = &run->memory,
                                 .doorbell = run->doorbell,
                                 .text = text_of(image, run->options->image_path)};

    return run->ops->start(&run->engine, &setup, run->err);
}

static void begin_looking(struct run *run)
{
    run->pausing.machine = run->memory.machine;
    run->pausing.kick = kick_engine;
    run->pausing.context = run;
    looking_begin(&run->looking, run->options, run->ops->name, &run->memory, run->watchers,
                  &run->pausing, &run->diagnostics.log,
                  run->screen.shared ? &run->output.in_line : NULL);
    if (run->gdb != NULL)
        gdb_attach(run->gdb, &run->pausing);
}

int run_open(struct run *run, const struct image *image)
{
    int status = choose_engine(run);

    if (status == 0)
        status = open_signals(run);
    if (status == 0)
        status = looking_prepare(&run->looking, run->options, run->err);
    if (status == 0)
        status = boot(run, image);
    if (status == 0 && output_open(&run->output, STDOUT_FILENO, run->options->exit_on) != 0)
        status = error_errno(run->err, ENOMEM, "can't watch the output");
    if (status == 0)
        status = screen_open(&run->screen, &run->memory.machine->host, run->err);
    if (status != 0)
        return status;
    input_open(&run->input, STDIN_FILENO, &run->memory.machine->input);
    begin_looking(run);
    run->started = watch_now();
    if (run->options->timeout_s > 0)
        run->deadline = run->started + (uint64_t)(run->options->timeout_s * 1e9);
    status = start_engine(run, image);
    return status == 0 ? grants_serve(&run->grants, run->ops, run->engine, run->err) : status;
}
