/* Readiness as interrupts: a clock's alarm, files, and the terminal, line by line to its end. */
#include "common.h"

#define MS 1000000ul

static seL4_CPtr signals, clock_cap;

/* The badge that has been signalled, 0: none. */
static seL4_Word look(void)
{
    seL4_Word badge = 0;

#ifdef CONFIG_KERNEL_MCS
    seL4_NBWait(signals, &badge);
#else
    seL4_NBRecv(signals, &badge);
#endif
    return badge;
}

static seL4_Word wait(void)
{
    seL4_Word badge = 0;

    seL4_Wait(signals, &badge);
    return badge;
}

static seL4_Word now(void)
{
    seL4_Word date, since_boot;

    show("clock", sel4ux_host_clock_read(clock_cap, &date, &since_boot));
    guest_printf("%s\n", date - since_boot > 1700000000ul * 1000 * MS ? "of today" : "long ago");
    return since_boot;
}

static void use_clock(void)
{
    seL4_Word start, events, early;
    long result;

    clock_cap = host_granted(SEL4UX_HOST_CLOCK, 0);
    show("bind", sel4ux_host_bind(clock_cap, cap_mint(signals, seL4_AllRights, 4)));
    show("arm", sel4ux_host_ack(clock_cap, SEL4UX_HOST_READABLE));
    start = now();
    result = sel4ux_host_clock_alarm(clock_cap, start + 500 * MS);
    early = look();
    sel4ux_host_poll(clock_cap, &events);
    show("alarm", result); /* printing may take its time */
    guest_printf("events %lu, signalled %lu\n", events, early);
    guest_printf("signalled %lu\n", wait());
    guest_printf("%s\n", now() - start >= 500 * MS ? "all of it has passed" : "too early");
    show("poll", sel4ux_host_poll(clock_cap, &events));
    guest_printf("events %lu, signalled again %lu\n", events, look());
    show("arm", sel4ux_host_ack(clock_cap, SEL4UX_HOST_READABLE));
    guest_printf("it still rings: signalled %lu\n", wait());
    show("no alarm", sel4ux_host_clock_alarm(clock_cap, 0));
    show("arm", sel4ux_host_ack(clock_cap, SEL4UX_HOST_READABLE));
    show("an alarm that has passed", sel4ux_host_clock_alarm(clock_cap, 1));
    guest_printf("signalled %lu\n", wait());
    show("arm for writing", sel4ux_host_ack(clock_cap, SEL4UX_HOST_WRITABLE));
    guest_printf("signalled %lu\n", look());
    show("arm for nothing", sel4ux_host_ack(clock_cap, 0));
    show("unbind", sel4ux_host_unbind(clock_cap));
    show("unbind again", sel4ux_host_unbind(clock_cap));
    show("arm", sel4ux_host_ack(clock_cap, SEL4UX_HOST_READABLE));
    guest_printf("signalled %lu\n", look());
}

static void use_file(void)
{
    seL4_CPtr work = host_granted(SEL4UX_HOST_DIRECTORY, "work");
    seL4_CPtr file = open_shown(work, "greeting", 0),
              gone = object_alloc(seL4_NotificationObject, 0);

    show("bind", sel4ux_host_bind(file, cap_mint(signals, seL4_AllRights, 8)));
    show("arm", sel4ux_host_ack(file, SEL4UX_HOST_READABLE));
    guest_printf("signalled %lu\n", wait());
    show("bind to another", sel4ux_host_bind(file, gone));
    must("delete", cap_revoke(gone));
    must("delete", cap_delete(gone));
    show("arm", sel4ux_host_ack(file, SEL4UX_HOST_READABLE));
    show("bind", sel4ux_host_bind(file, cap_mint(signals, seL4_AllRights, 16)));
    guest_printf("signalled %lu\n", look());
    show("arm", sel4ux_host_ack(file, SEL4UX_HOST_READABLE));
    guest_printf("signalled %lu\n", wait());
    must("delete", cap_delete(file));
}

/* Line by line, as a driver does. */
static void use_terminal(void)
{
    seL4_CPtr terminal = host_granted(SEL4UX_HOST_TERMINAL, 0);
    seL4_Word events, columns, rows;
    long n;

    show("bind", sel4ux_host_bind(terminal, cap_mint(signals, seL4_AllRights, 32)));
    show("size", sel4ux_host_terminal_size(terminal, &columns, &rows));
    show("mode", sel4ux_host_terminal_mode(terminal, SEL4UX_HOST_TERMINAL_RAW));
    show("mode of another kind", sel4ux_host_terminal_mode(terminal, 2));
    memcpy(page, "written to the terminal\n", 24);
    n = sel4ux_host_write(terminal, bytes(24), 0);
    show("write", n);
    do {
        while ((n = sel4ux_host_read(terminal, bytes(4), 0)) == -SEL4UX_HOST_AGAIN) {
            sel4ux_host_ack(terminal, SEL4UX_HOST_READABLE);
            wait();
        }
        for (long i = 0; i < n; i++)
            guest_printf("%c", page[i]);
    } while (n > 0);
    show("the end", n);
    show("poll", sel4ux_host_poll(terminal, &events));
    guest_printf("events %lu\n", events);
}

int main(void)
{
    host_begin();
    signals = object_alloc(seL4_NotificationObject, 0);
    use_clock();
    use_file();
    use_terminal();
    guest_exit();
}
