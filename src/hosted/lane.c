/*
 * Lanes: which Linux thread stands for which TCB, from its first run to its deletion.
 *
 * A TCB that has a lane points at it from its own floating-point area, which nothing else uses
 * here: a new TCB in the same memory starts zeroed, so never with an old one's lane.
 */
#include "hosted/hosted.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "hosted/linux.h"
#include "hosted/valgrind.h"

/* A lane's block: itself, its stack for signals, its stack for system calls. */
#define LANE_SIZE    4096ul
#define SIGNAL_STACK (124ul << 10)
#define SYSTEM_STACK (128ul << 10)
#define BLOCK_SIZE   (LANE_SIZE + SIGNAL_STACK + SYSTEM_STACK)

#define LINUX_STACK (1ul << 20)  /* of pthread_create: for what runs before and after the guest */
#define GUEST_STACK (64ul << 10) /* guessed */
#define PAGE_SIZE   4096ul

/* Debuggers follow a call from one stack to another only downwards, so these lie below all others.
 */
#define LOW_START 0x1000000ul
#define LOW_END   0xf000000ul

#define MAX_ERRNO 4095

__attribute__((weak)) void __sanitizer_start_switch_fiber(void **, const void *, size_t);
__attribute__((weak)) void __sanitizer_finish_switch_fiber(void *, const void **, size_t *);

_Static_assert(sizeof(struct lane) <= LANE_SIZE, "a lane's block");

/* Behind what thread_init() writes. */
#define MARK_OFFSET 64

static struct lane **mark_of(paddr tcb)
{
    return (struct lane **)(void *)(kernel_tcb(hosted_kernel(), tcb)->fpu + MARK_OFFSET);
}

/* ------------------------------------------------------------------ stacks */

/* By raw calls: ThreadSanitizer takes mmap() for a write that others would have to wait for. */
static char *map_at(uintptr_t address, int how)
{
    long result = LINUX_CALL6(mmap, address, BLOCK_SIZE, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | how, -1, 0);

    return result < 0 && result >= -MAX_ERRNO ? NULL : (char *)result;
}

static char *map_low(void)
{
    static uintptr_t next = LOW_START;

    while (next + BLOCK_SIZE <= LOW_END) {
        char *at = map_at(next, MAP_FIXED_NOREPLACE);

        next += BLOCK_SIZE;
        if (at != NULL)
            return at;
    }
    return NULL;
}

/* Blocks of lanes that have ended, for the next ones: low addresses are few. */
static struct lane *spare;

static struct lane *take_block(void)
{
    struct lane *lane = spare;
    char *block;

    if (lane != NULL) {
        spare = lane->next;
        memset(lane, 0, sizeof *lane);
        return lane;
    }
    block = map_low();
    if (block == NULL)
        block = map_at(0, 0);
    if (block == NULL)
        hosted_fail("the host has no memory for another thread");
    tools_add_stack(block + LANE_SIZE + SIGNAL_STACK, SYSTEM_STACK);
    return (struct lane *)(void *)block;
}

static void give_block(struct lane *lane)
{
    lane->next = spare;
    spare = lane;
}

void lane_set_signal_stack(struct lane *lane)
{
    stack_t stack = {.ss_sp = (char *)lane + LANE_SIZE, .ss_size = SIGNAL_STACK};

    if (LINUX_CALL3(sigaltstack, &stack, &lane->stack_before, 0) != 0)
        hosted_fail("can't set a stack for signals");
}

/* ------------------------------------------------------------------ beginning */

static struct lane *make(paddr tcb)
{
    struct lane *lane = take_block();

    lane->tcb = tcb;
    lane->timer = TIMER_NONE;
    lane->cpu = CPU_UNKNOWN;
    lane->armed = UINT64_MAX;
    lane->next = hosted.lanes;
    hosted.lanes = lane;
    *mark_of(tcb) = lane;
    return lane;
}

static void set_ipc_buffer(const struct lane *lane)
{
    if (lane_tcb(lane)->ipc_buffer != 0)
        __sel4_ipc_buffer = (void *)lane_tcb(lane)->ipc_buffer;
}

struct lane *lane_make_main(void)
{
    struct lane *lane = make(hosted_kernel()->current);

    lane->is_main = true;
    lane->thread = pthread_self();
    lane->tid = (pid_t)LINUX_CALL3(gettid, 0, 0, 0);
    snprintf(lane->name, sizeof lane->name, "%.15s", lane_tcb(lane)->name);
    sel4ux_lane = lane;
    lane_set_signal_stack(lane);
    set_ipc_buffer(lane);
    atomic_store(&hosted.holder, lane);
    return lane;
}

/* Linux reads the signal set before it finds that there is no such operation. */
static bool is_readable(uint64_t address)
{
    return LINUX_CALL6(rt_sigprocmask, -1, address, 0, sizeof hosted.mask, 0, 0) != -EFAULT;
}

/*
 * AddressSanitizer unpoisons stacks that are left at once (exit, longjmp, throw), and looks for
 * pointers in all of them. The guest's is known by its top alone: how far it goes down is guessed,
 * but never over a hole.
 */
static void tell_of_stack(const struct lane *lane)
{
    uint64_t top = lane_tcb(lane)->regs.rsp, bottom = (top - 1) & ~(PAGE_SIZE - 1);

    if (__sanitizer_start_switch_fiber == NULL || !is_readable(bottom))
        return;
    while (top - bottom < GUEST_STACK && is_readable(bottom - PAGE_SIZE))
        bottom -= PAGE_SIZE;
    __sanitizer_start_switch_fiber(NULL, (void *)bottom, top - bottom);
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
}

static void *begin(void *argument)
{
    struct lane *lane = argument;

    sel4ux_lane = lane;
    lane->tid = (pid_t)LINUX_CALL3(gettid, 0, 0, 0);
    lane->system_stack = (char *)lane + BLOCK_SIZE;
    /* Whoever made it may have been in a signal handler. */
    LINUX_CALL6(rt_sigprocmask, SIG_SETMASK, &hosted.mask, 0, sizeof hosted.mask, 0, 0);
    lane_set_signal_stack(lane);
    token_wait(lane);
    lane_join_departed();
    set_ipc_buffer(lane);
    tell_of_stack(lane);
    sync_start(lane);
    timer_arm(lane);
    lane_go(lane, &lane_tcb(lane)->regs);
    sel4ux_lane = NULL;
    LINUX_CALL6(rt_sigprocmask, SIG_SETMASK, &hosted.mask, 0, sizeof hosted.mask, 0, 0);
    LINUX_CALL3(sigaltstack, &lane->stack_before, 0, 0);
    return NULL;
}

static void rename_lane(struct lane *lane)
{
    char name[sizeof lane->name] = "";

    snprintf(name, sizeof name, "%.15s", lane_tcb(lane)->name);
    if (memcmp(name, lane->name, sizeof name) == 0)
        return;
    memcpy(lane->name, name, sizeof name); /* not strcpy(): ThreadSanitizer would see it */
    pthread_setname_np(lane->thread, name);
}

void lanes_rename(void)
{
    for (struct lane *lane = hosted.lanes; lane != NULL; lane = lane->next) {
        if (!lane->gone)
            rename_lane(lane);
    }
}

static struct lane *start(paddr tcb)
{
    struct lane *lane = make(tcb);
    pthread_attr_t attr;
    int error;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, LINUX_STACK);
    sync_begin_hidden();
    error = pthread_create(&lane->thread, &attr, begin, lane);
    sync_end_hidden();
    pthread_attr_destroy(&attr);
    if (error != 0)
        hosted_fail("can't make a Linux thread for \"%s\": %s", lane_tcb(lane)->name,
                    strerror(error));
    rename_lane(lane);
    return lane;
}

struct lane *lane_of_current(void)
{
    struct kernel *k = hosted_kernel();
    struct lane *lane = *mark_of(k->current);

    if (lane != NULL)
        return lane;
    if (kernel_vspace(k, k->current) != hosted.vspace)
        hosted_fail("thread \"%s\" has a VSpace of its own: a hosted program runs in one. Build it "
                    "freestanding (sel4ux-cc --freestanding) for that",
                    kernel_current(k)->name);
    return start(k->current);
}

/* ------------------------------------------------------------------ ending */

static bool is_deleted(const struct lane *lane)
{
    return *mark_of(lane->tcb) != lane ||
           (lane_tcb(lane)->all_prev == 0 && hosted_kernel()->all_threads != lane->tcb);
}

/* Its Linux thread has run to its end, or will do nothing else. */
static void join(struct lane *lane)
{
    pthread_join(lane->thread, NULL);
    timer_end(lane);
    give_block(lane);
}

void lane_join_departed(void)
{
    struct lane *lane = hosted.departed;

    if (lane == NULL)
        return;
    hosted.departed = NULL;
    join(lane);
}

/*
 * Linux threads of deleted TCBs end, one after the other. The main thread stays, asleep: the
 * process is its. The caller's own has to hand over first.
 */
void lanes_follow_deletions(struct lane *self)
{
    struct lane **link = &hosted.lanes;

    if (hosted.threads_ended == hosted_kernel()->threads_ended)
        return;
    hosted.threads_ended = hosted_kernel()->threads_ended;
    while (*link != NULL) {
        struct lane *lane = *link;

        if (!is_deleted(lane)) {
            link = &lane->next;
            continue;
        }
        *link = lane->next;
        lane->gone = true;
        if (lane == self || lane->is_main)
            continue;
        token_tell_to_leave(lane);
        join(lane);
    }
}
