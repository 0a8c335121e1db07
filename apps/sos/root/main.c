/*
 * SOS: the root task. It waits at one endpoint for system calls and faults of its processes and,
 * by a notification bound to it, for the timer and the serial port; and never waits elsewhere.
 */
#include "calls.h"
#include "console.h"
#include "disk.h"
#include "reply.h"
#include "socket.h"
#include "timer.h"
#include "volume.h"

#include "lib/guard.h"

extern const char guest_archive[];

/* -------------------------------------------------------------- messages */

/* True: `*result` is the answer to the message that was received last. */
static bool serve_call(struct task *p, seL4_MessageInfo_t message, long *result)
{
    struct call *call = &p->call;

    reply_drop(call); /* who did not wait for an answer gets none */
    *call = (struct call){.number = seL4_MessageInfo_get_label(message)};
    for (int i = 0; i < 4; i++)
        call->argument[i] = seL4_GetMR(i);
    *result = call_run(p);
    if (*result == CALL_WAITS)
        reply_keep(call);
    return *result != CALL_WAITS && *result != CALL_GONE;
}

/* Those that wait carry out their calls again, until nothing more is woken by that. */
static void serve_woken(void)
{
    for (unsigned int wakes = process_take_wakes(); wakes; wakes = process_take_wakes()) {
        struct task *p;

        for (unsigned int i = 0; (p = process_at(i)) != NULL; i++) {
            long result;

            if (p->zombie || !p->call.waiting || !(wakes & 1u << p->call.waiting))
                continue;
            result = call_run(p);
            if (result != CALL_WAITS)
                reply_send(&p->call, result);
        }
    }
}

/* The message's words are as they were received. */
static void kill_faulted(struct task *p, seL4_Word kind)
{
    seL4_Word ip = seL4_GetMR(0), address = seL4_GetMR(seL4_VMFault_Addr);
    seL4_Word number = seL4_GetMR(seL4_UserException_Number);

    guest_printf("sos: %d (%s) killed: ", p->pid, p->name);
    if (kind == seL4_Fault_VMFault)
        guest_printf("bad address 0x%lx, instruction 0x%lx\n", address, ip);
    else if (kind == seL4_Fault_UserException)
        guest_printf("exception %lu, instruction 0x%lx\n", number, ip);
    else
        guest_printf("fault %lu, instruction 0x%lx\n", kind, ip);
    process_end(p, SOS_FAULTED);
}

static void kill(struct task *p, int status, const char *why)
{
    guest_printf("sos: %d (%s) killed: %s\n", p->pid, p->name, why);
    process_end(p, status);
}

/* True: the process goes on. */
static bool serve_fault(struct task *p, seL4_MessageInfo_t message)
{
    seL4_Word kind = seL4_MessageInfo_get_label(message);
    seL4_Word address = seL4_GetMR(seL4_VMFault_Addr);
    bool write = seL4_GetMR(seL4_VMFault_FSR) & 2;

    if (kind == seL4_Fault_VMFault) {
        switch (space_fault(&p->space, address, write)) {
        case SPACE_OK:
            return true;
        case SPACE_NO_MEMORY:
            kill(p, SOS_NO_MEMORY, "out of memory");
            return false;
        case SPACE_UNREAD:
            kill(p, SOS_UNREAD, "a page of it can't be read");
            return false;
        case SPACE_INVALID:
            break;
        }
    }
    kill_faulted(p, kind);
    return false;
}

/* Who waits for something of theirs learns it by trying again. */
static void tell_failed_servers(void)
{
    struct guard_failure failure;

    while (guard_take_failure(&failure))
        guest_printf("sos: %s has failed%s%s\n", failure.name, failure.words[0] ? ": " : "",
                     failure.words);
    process_wake(WAIT_NET);
}

static void serve_devices(seL4_Word badge)
{
    if (badge & BADGE_TIMER & ~BADGE_DEVICES)
        timer_interrupt();
    if (badge & BADGE_SERIAL & ~BADGE_DEVICES)
        console_interrupt();
    if (badge & BADGE_NET & ~BADGE_DEVICES)
        socket_interrupt();
    if (badge & BADGE_SERVERS & ~BADGE_DEVICES)
        tell_failed_servers();
}

/* -------------------------------------------------------------- start */

static void start_init(void)
{
    static const char arguments[] = "shell";
    struct open_file *console = open_console();
    struct spawn spawn = {
        .path = "shell",
        .arguments = arguments,
        .bytes = sizeof(arguments),
        .in = console,
        .out = console,
    };
    long pid = process_spawn(&spawn);

    if (pid != INIT_PID)
        guest_die("the shell does not start: error %ld", -pid);
    open_release(console);
}

static void serve(seL4_CPtr endpoint)
{
    bool answer = false;
    long result = 0;

    while (process_find(INIT_PID)) {
        seL4_Word badge;
        seL4_MessageInfo_t message = reply_receive(endpoint, answer, result, &badge);
        struct task *p = process_find((int)(badge & ~BADGE_FAULT));

        answer = false;
        if (badge & BADGE_DEVICES)
            serve_devices(badge);
        else if (p && (badge & BADGE_FAULT))
            answer = serve_fault(p, message);
        else if (p)
            answer = serve_call(p, message, &result);
        serve_woken();
    }
}

int main(void)
{
    seL4_CPtr endpoint = object_alloc(seL4_EndpointObject, 0);
    seL4_CPtr notification = object_alloc(seL4_NotificationObject, 0);

    must("bind notification", seL4_TCB_BindNotification(OWN_TCB, notification));
    guest_printf("SOS: a small operating system on seL4\n");
    guard_init(cap_mint(notification, seL4_AllRights, BADGE_SERVERS));
    disk_init();
    reply_init();
    process_init(endpoint);
    inode_seed(guest_archive);
    volume_init();
    socket_init(notification);
    timer_start(notification);
    console_start(notification);
    start_init();
    serve(endpoint);
    guest_printf("SOS: the shell has ended\n");
    shut_down();
}
