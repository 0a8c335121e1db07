/*
 * The cheapest system call, notifications, and switches between threads.
 *
 * null_syscall is the call that does least on the kernel at hand, and an INFO line says which: the
 * kernel's own null call where benchmarks are configured, DebugCapIdentify of an empty slot on a
 * debug kernel (one lookup; no scheduling), else NBSend on an endpoint that nobody waits on.
 */
#include "peer.h"

#if defined(CONFIG_ENABLE_BENCHMARKS)
#define NULL_SYSCALL "BenchmarkNullSyscall"
static void null_syscall(seL4_CPtr endpoint)
{
    (void)endpoint;
    seL4_BenchmarkNullSyscall();
}
#elif defined(CONFIG_DEBUG_BUILD)
#define NULL_SYSCALL "DebugCapIdentify"
static void null_syscall(seL4_CPtr endpoint)
{
    (void)endpoint;
    seL4_DebugCapIdentify(seL4_CapNull);
}
#else
#define NULL_SYSCALL "NBSend"
static void null_syscall(seL4_CPtr endpoint)
{
    seL4_NBSend(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
}
#endif

static void do_nothing(void)
{
    seL4_CPtr endpoint = object_alloc(seL4_EndpointObject, 0);
    struct bench *bench = bench_open("null_syscall", 1);

    guest_printf("INFO %s null_syscall %s\n", guest_name, NULL_SYSCALL);
    while (bench_more(bench)) {
        seL4_Word start = cycles();

        null_syscall(endpoint);
        bench_add(bench, cycles() - start);
    }
    bench_close(bench);
}

/* All that one thread can do with a notification by itself. */
static void alone(void)
{
    seL4_CPtr notification = object_alloc(seL4_NotificationObject, 0);
    struct bench *signal = bench_open("signal_no_waiter", 1);
    struct bench *wait = bench_open("wait_active", 1);
    struct bench *poll = bench_open("poll_inactive", 1);

    while (bench_more(signal)) {
        seL4_Word start = cycles();

        seL4_Signal(notification);
        bench_add(signal, cycles() - start);
        start = cycles();
        seL4_Wait(notification, NULL);
        bench_add(wait, cycles() - start);
        start = cycles();
        seL4_Poll(notification, NULL);
        bench_add(poll, cycles() - start);
    }
    bench_close(signal);
    bench_close(wait);
    bench_close(poll);
}

/* The waiter does not run before the signaller wants it to. */
static void signal_low(bool own_vspace, const char *name)
{
    struct peer *peer = peer_start(own_vspace, PEER_WAIT, 0, PRIO_LOW);
    struct bench *bench = bench_open(name, 1);

    while (bench_more(bench)) {
        seL4_Word start = cycles();

        seL4_Signal(peer->ping);
        bench_add(bench, cycles() - start);
        settle();
    }
    bench_close(bench);
    peer_stop(peer);
}

/* From the signal to the waiter, which runs at once. */
static void signal_high(bool own_vspace)
{
    struct peer *peer = peer_start(own_vspace, PEER_WAIT_STAMP, 0, PRIO_HIGH);
    struct bench *bench = bench_open(bench_name("signal_high_prio", peer_place(own_vspace)), 1);

    while (bench_more(bench)) {
        seL4_Word start = cycles();

        seL4_Signal(peer->ping);
        bench_add(bench, peer->page->received - start);
    }
    bench_close(bench);
    peer_stop(peer);
}

static void ping_pong(bool own_vspace)
{
    struct peer *peer = peer_start(own_vspace, PEER_PONG, 0, PRIO_MAIN);
    struct bench *bench =
        bench_open(bench_name("notification_round_trip", peer_place(own_vspace)), 1);

    while (bench_more(bench)) {
        seL4_Word start = cycles();

        seL4_Signal(peer->ping);
        seL4_Wait(peer->pong, NULL);
        bench_add(bench, cycles() - start);
    }
    bench_close(bench);
    peer_stop(peer);
}

static void yield_alone(void)
{
    struct bench *bench = bench_open("yield_alone", 1);

    while (bench_more(bench)) {
        seL4_Word start = cycles();

        seL4_Yield();
        bench_add(bench, cycles() - start);
    }
    bench_close(bench);
}

/* From a yield to the thread that runs next. */
static void yield(bool own_vspace)
{
    struct peer *peer = peer_start(own_vspace, PEER_YIELD_STAMP, 0, PRIO_MAIN);
    struct bench *bench = bench_open(bench_name("yield", peer_place(own_vspace)), 1);

    while (bench_more(bench)) {
        seL4_Word start = cycles();

        seL4_Yield();
        bench_add(bench, peer->page->received - start);
    }
    bench_close(bench);
    peer_stop(peer);
}

/* The mean of many switches without any stamps in between. */
static void thread_switch(bool own_vspace)
{
    enum { YIELDS = 50 };
    struct peer *peer = peer_start(own_vspace, PEER_YIELD, 0, PRIO_MAIN);
    struct bench *bench =
        bench_open(bench_name("thread_switch", peer_place(own_vspace)), 2 * YIELDS);

    while (bench_more(bench)) {
        seL4_Word start = cycles();

        for (int i = 0; i < YIELDS; i++)
            seL4_Yield();
        bench_add(bench, cycles() - start);
    }
    bench_close(bench);
    peer_stop(peer);
}

int main(void)
{
    bench_init();
    peer_init();
    do_nothing();
    alone();
    yield_alone();
    signal_low(false, "signal_low_prio");
    signal_low(true, "signal_low_prio_cross_vspace");
    for (int own_vspace = 0; own_vspace < 2; own_vspace++) {
        signal_high(own_vspace);
        ping_pong(own_vspace);
        yield(own_vspace);
        thread_switch(own_vspace);
    }
    return 0;
}
