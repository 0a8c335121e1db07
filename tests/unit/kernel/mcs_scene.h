/*
 * Scenes with MCS: threads with scheduling contexts, objects to invoke, and time that goes by. All
 * times are us.
 */
#ifndef SEL4UX_TESTS_MCS_SCENE_H
#define SEL4UX_TESTS_MCS_SCENE_H

#include "kernel/endpoint.h"
#include "kernel/notification.h"
#include "kernel/reply.h"
#include "kernel/sched_mcs.h"
#include "kernel/schedcontext.h"
#include "scene.h"

#define US            1000ull
#define CONTEXT_BITS  9 /* 26 refills */
#define TIMEOUT_LABEL 5
#define MCS_TEST(f)   cmocka_unit_test_setup_teardown(f, mcs_setup, kernel_test_teardown)
#define CAPS(...)                                                                                  \
    sizeof((word[]){__VA_ARGS__}) / sizeof(word), (word[])                                         \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define NO_CAPS 0, NULL
#define NO_ARGS 0, NULL

/* Slots that every test may use in its threads' CNodes. */
enum { EP = 1, REPLY, NTFN, CONTEXT, THREAD, CONTROL, EMPTY, OTHER };

static inline void put(struct kernel *k, paddr tcb, unsigned index, struct cap cap)
{
    fake_put(k, fake_thread_slot(k, tcb, index), cap);
}

/* A copy of what `from` has at `index`, for `to`, at the same index. */
static inline void share(struct kernel *k, paddr from, unsigned index, paddr to)
{
    paddr source = fake_thread_slot(k, from, index);
    mdb_insert(k, fake_cap(k, source), source, fake_thread_slot(k, to, index));
}

static inline paddr object(struct kernel *k, paddr tcb, unsigned index)
{
    return fake_cap(k, fake_thread_slot(k, tcb, index)).obj;
}

static inline paddr new_context(struct kernel *k)
{
    return fake_alloc(k, CONTEXT_BITS);
}

static inline struct cap context_cap(paddr sc)
{
    return (struct cap){
        .sched_context = {.type = CAP_SCHED_CONTEXT, .obj = sc, .size_bits = CONTEXT_BITS}};
}

static inline struct cap new_reply(struct kernel *k)
{
    return (struct cap){
        .reply = {.type = CAP_REPLY, .obj = fake_alloc(k, REPLY_BITS), .can_grant = 1}};
}

/* A thread that runs for `budget` us in each `period`; round robin when they are the same. */
static inline paddr timed_thread(struct kernel *k, unsigned priority, word budget, word period)
{
    paddr tcb = scene_thread(k, priority), sc = new_context(k);

    refill_new(k, sc_at(k, sc), MIN_REFILLS, budget * US, budget == period ? 0 : period * US);
    sc_at(k, sc)->tcb = tcb;
    kernel_tcb(k, tcb)->sched_context = sc;
    return tcb;
}

/* One without any time of its own. */
static inline paddr passive_thread(struct kernel *k, unsigned priority)
{
    paddr tcb = scene_thread(k, priority);

    kernel_tcb(k, tcb)->state = THREAD_INACTIVE;
    return tcb;
}

static inline struct sched_context *context_of(struct kernel *k, paddr tcb)
{
    return sc_at(k, kernel_tcb(k, tcb)->sched_context);
}

static inline int mcs_setup(void **state)
{
    struct kernel *k = fake_kernel_new();

    k->config.mcs = true;
    k->abi.notification_bits = 6;
    k->abi.timeout_label = TIMEOUT_LABEL;
    k->now = k->cur_time = 1000000;
    fake_run(k, timed_thread(k, 100, 5000, 5000));
    *state = k;
    return 0;
}

/* `us` go by; then, if it is due, the kernel's timer fires. */
static inline void pass(struct kernel *k, uint64_t us)
{
    k->now += us * US;
    if (k->now >= kernel_deadline(k))
        enter(k, (struct stop){.kind = STOP_TICK});
}

/* us from now until the kernel's timer fires. */
static inline uint64_t time_left(struct kernel *k)
{
    return (kernel_deadline(k) - k->now) / US;
}

/* The thread goes on at what it was doing, whatever ran in between. */
static inline void issue_again(struct kernel *k)
{
    struct user_regs *r = regs(k, k->current);

    assert_int_equal(r->rip, SYSCALL_IP);
    r->fault_ip = SYSCALL_IP;
    r->rip = SYSCALL_IP + 2;
    enter(k, (struct stop){.kind = STOP_SYSCALL});
}

/* The current thread invokes; returns the error in its answer. */
static inline word call(struct kernel *k, unsigned cptr, enum abi_invocation label, unsigned caps,
                        const word *cap, unsigned args, const word *arg)
{
    paddr tcb = k->current;

    for (unsigned i = 0; i < args; i++)
        set_mr(k, tcb, i, arg[i]);
    for (unsigned i = 0; i < caps; i++)
        buffer_words(k, tcb)[IPC_BUF_CAPS + i] = cap[i];
    issue(k, tcb, SYS_CALL, cptr, info_word(label, caps, args));
    return info_of(k, tcb).label;
}

/* The current thread receives, on what EP and REPLY name, and blocks. */
static inline void receive(struct kernel *k)
{
    regs(k, k->current)->r12 = REPLY;
    issue(k, k->current, SYS_RECV, EP, 0);
}

/* The passive `tcb` waits on what its EP and REPLY name, as after its start on borrowed time. */
static inline void start_server(struct kernel *k, paddr tcb)
{
    endpoint_receive_mcs(k, tcb, object(k, tcb, EP), true, object(k, tcb, REPLY));
    assert_int_equal(state_of(k, tcb), THREAD_BLOCKED_ON_RECEIVE);
}

#endif
