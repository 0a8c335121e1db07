/* System calls on processes, memory, time and the system; calls_file.c has the others. */
#include "calls.h"
#include "console.h"
#include "disk.h"
#include "frame.h"
#include "timer.h"

#include "lib/standard.h"

#define POWER_PORT 0x604  /* ACPI power management control of QEMU's PC */
#define POWER_OFF  0x2000 /* sleep state 5, now */

void shut_down(void)
{
    seL4_CPtr port = ports_alloc(POWER_PORT, POWER_PORT + 1);

    console_flush();
    must("power off", seL4_X86_IOPort_Out16(port, POWER_PORT, POWER_OFF));
    guest_die("the machine does not turn itself off");
}

/* -------------------------------------------------------------- processes */

static long call_exit(struct task *p, const seL4_Word *argument)
{
    process_end(p, (int)(argument[0] & 0xff));
    return CALL_GONE;
}

static long call_spawn(struct task *p, const seL4_Word *argument)
{
    char path[SOS_PATH_MAX], arguments[SOS_ARGS_MAX];
    seL4_Word bytes = argument[2], word = argument[3];
    int job = (int)(word >> 16 & 0xffffff);
    struct spawn spawn = {
        .path = path,
        .arguments = arguments,
        .bytes = bytes,
        .in = call_file(p, word & 0xff),
        .out = call_file(p, word >> 8 & 0xff),
        .parent = p->pid,
        .job = job == SOS_JOB_INHERIT ? p->job : job,
    };
    long error = copy_text(&p->space, path, argument[0], sizeof(path));

    if (error)
        return error;
    if (bytes == 0 || bytes > sizeof(arguments))
        return -SOS_EINVAL;
    error = copy_in(&p->space, arguments, argument[1], bytes);
    if (error)
        return error;
    if (arguments[bytes - 1] != 0)
        return -SOS_EINVAL;
    return process_spawn(&spawn);
}

static long call_wait_child(struct task *p, const seL4_Word *argument)
{
    int status = 0;
    long pid;

    if (argument[2]) { /* before the child's entry is gone */
        long error = copy_out(&p->space, argument[2], &status, sizeof(status));

        if (error)
            return error;
    }
    pid = process_reap(p->pid, (int)argument[0], &status);
    if (pid == 0 && !(argument[1] & SOS_NOHANG))
        return call_wait(p, WAIT_CHILD);
    if (pid > 0 && argument[2])
        copy_out(&p->space, argument[2], &status, sizeof(status));
    return pid;
}

static long call_kill(struct task *p, const seL4_Word *argument)
{
    struct task *target = process_find((int)argument[0]);

    if (!target)
        return -SOS_ENOENT;
    if (target->pid == INIT_PID)
        return -SOS_EPERM;
    process_end(target, SOS_KILLED);
    return target == p ? CALL_GONE : 0;
}

static long call_getpid(struct task *p, const seL4_Word *argument)
{
    (void)argument;
    return p->pid;
}

static long call_status(struct task *p, const seL4_Word *argument)
{
    struct task *subject = process_at((unsigned int)argument[0]);
    struct sos_process info;

    if (!subject)
        return -SOS_ENOENT;
    process_info(subject, &info);
    return copy_out(&p->space, argument[1], &info, sizeof(info));
}

/* -------------------------------------------------------------- memory */

static seL4_Word page_up(seL4_Word bytes)
{
    return (bytes + SOS_PAGE - 1) & -SOS_PAGE;
}

static long call_sbrk(struct task *p, const seL4_Word *argument)
{
    seL4_Word old = p->brk, end = old + argument[0], old_end = p->heap->end;

    if (end < SOS_HEAP || end > SOS_HEAP_END)
        return -SOS_ENOMEM;
    p->brk = end;
    p->heap->end = page_up(end);
    if (p->heap->end < old_end)
        space_discard(&p->space, p->heap->end, old_end);
    return (long)old;
}

static long call_mmap(struct task *p, const seL4_Word *argument)
{
    seL4_Word bytes = page_up(argument[0]), start = SOS_MMAP;

    if (argument[0] == 0 || argument[0] > SOS_MMAP_END - SOS_MMAP)
        return -SOS_EINVAL;
    for (struct region *r = p->space.regions; r < p->space.regions + SPACE_REGIONS;) {
        if (r->end && start < r->end && r->start < start + bytes) {
            start = r->end; /* behind it; then all are looked at again */
            r = p->space.regions;
        } else {
            r++;
        }
    }
    if (start + bytes > SOS_MMAP_END)
        return -SOS_ENOMEM;
    struct region *region = space_region(&p->space, start, start + bytes, true);

    if (!region)
        return -SOS_ENOMEM;
    region->mapped = true;
    return (long)start;
}

static long call_munmap(struct task *p, const seL4_Word *argument)
{
    struct region *region = space_find(&p->space, argument[0]);

    if (!region || !region->mapped || region->start != argument[0])
        return -SOS_EINVAL;
    space_discard(&p->space, region->start, region->end);
    region->end = 0;
    return 0;
}

/* -------------------------------------------------------------- time */

static long call_sleep(struct task *p, const seL4_Word *argument)
{
    seL4_Word now = timer_now(), ns = argument[0];

    if (p->call.done == 0)
        p->call.done = now + (ns < (seL4_Word)1 << 60 ? ns : (seL4_Word)1 << 60);
    if (now >= p->call.done)
        return 0;
    timer_wake_at(p->call.done);
    return call_wait(p, WAIT_TIME);
}

static long call_time(struct task *p, const seL4_Word *argument)
{
    (void)p;
    (void)argument;
    return (long)timer_now();
}

/* The host's clock is asked each time: who sets it moves the date. */
static long call_date(struct task *p, const seL4_Word *argument)
{
    const struct sel4ux_host_grant *clock = standard_grant(SEL4UX_HOST_CLOCK, 0);
    seL4_Word date, since_boot;

    (void)p;
    (void)argument;
    if (!clock || sel4ux_host_clock_read(clock->slot, &date, &since_boot) < 0)
        return -SOS_ENOSYS;
    return (long)date;
}

/* -------------------------------------------------------------- the system */

static bool has_console(const struct task *p)
{
    return p->pid == INIT_PID || p->job == console_foreground();
}

static long call_mode(struct task *p, const seL4_Word *argument)
{
    if (!has_console(p))
        return -SOS_EPERM;
    console_set_mode(argument[0] == SOS_RAW);
    return 0;
}

static long call_foreground(struct task *p, const seL4_Word *argument)
{
    if (!has_console(p))
        return -SOS_EPERM;
    console_set_foreground((int)argument[0]);
    return 0;
}

static long call_info(struct task *p, const seL4_Word *argument)
{
    struct sos_info info = {0};

    frame_info(&info);
    open_info(&info);
    info.blocks_used = blocks_used();
    info.blocks_total = disk_blocks();
    info.tables_used = space_tables_used();
    while (process_at(info.processes))
        info.processes++;
    return copy_out(&p->space, argument[0], &info, sizeof(info));
}

static long call_limit(struct task *p, const seL4_Word *argument)
{
    (void)p;
    return frame_set_limit((unsigned int)argument[0]) ? 0 : -SOS_EINVAL;
}

static long call_shutdown(struct task *p, const seL4_Word *argument)
{
    (void)argument;
    if (p->pid != INIT_PID)
        return -SOS_EPERM;
    shut_down();
}

static long (*const handlers[SOS_CALLS])(struct task *, const seL4_Word *) = {
    [SOS_EXIT] = call_exit,
    [SOS_SPAWN] = call_spawn,
    [SOS_WAIT] = call_wait_child,
    [SOS_KILL] = call_kill,
    [SOS_GETPID] = call_getpid,
    [SOS_STATUS] = call_status,
    [SOS_OPEN] = call_open,
    [SOS_READ] = call_read,
    [SOS_WRITE] = call_write,
    [SOS_CLOSE] = call_close,
    [SOS_STAT] = call_stat,
    [SOS_LIST] = call_list,
    [SOS_REMOVE] = call_remove,
    [SOS_PIPE] = call_pipe,
    [SOS_SBRK] = call_sbrk,
    [SOS_MMAP_] = call_mmap,
    [SOS_MUNMAP] = call_munmap,
    [SOS_SLEEP] = call_sleep,
    [SOS_SEEK] = call_seek,
    [SOS_MKDIR] = call_mkdir,
    [SOS_RENAME] = call_rename,
    [SOS_SYNC] = call_sync,
    [SOS_DATE] = call_date,
    [SOS_TIME] = call_time,
    [SOS_MODE] = call_mode,
    [SOS_FOREGROUND] = call_foreground,
    [SOS_INFO] = call_info,
    [SOS_LIMIT] = call_limit,
    [SOS_SHUTDOWN] = call_shutdown,
    [SOS_LISTEN] = call_listen,
    [SOS_ACCEPT] = call_accept,
    [SOS_CONNECT] = call_connect,
    [SOS_DATAGRAM] = call_datagram,
    [SOS_SEND] = call_send,
    [SOS_RECEIVE] = call_receive,
    [SOS_SEND_TO] = call_send_to,
    [SOS_POLL] = call_poll,
    [SOS_RECEIVE_FROM] = call_receive_from,
    [SOS_END_OUTPUT] = call_end_output,
};

long call_run(struct task *p)
{
    struct call *call = &p->call;

    if (call->number >= SOS_CALLS || !handlers[call->number])
        return -SOS_ENOSYS;
    return handlers[call->number](p, call->argument);
}
