/* See guard.h. A server that is started anew finds that it was, see server_run(). */
#include "guard.h"
#include "standard.h"

#define PRIORITY (STANDARD_PRIORITY + 1)

static seL4_CPtr faults, signalled;
#ifdef CONFIG_KERNEL_MCS
static seL4_CPtr reply;
#endif
static volatile bool failed[MANAGER_SERVICES];
static bool told[MANAGER_SERVICES];
static char words[MANAGER_SERVICES][GUARD_WORDS];

static seL4_MessageInfo_t receive(seL4_Word *badge)
{
#ifdef CONFIG_KERNEL_MCS
    return seL4_Recv(faults, badge, reply);
#else
    return seL4_Recv(faults, badge);
#endif
}

static void answer(void)
{
#ifdef CONFIG_KERNEL_MCS
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
#else
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
#endif
}

/* One that fails at refusing, too, is left where it is. */
static void fail(unsigned int number)
{
    if (failed[number])
        return;
    failed[number] = true;
    process_start(&manager_service(number)->process);
    seL4_Signal(signalled);
}

/* For whoever prints, which this thread does not. */
static void keep_words(unsigned int number, seL4_MessageInfo_t message)
{
    seL4_Word length = seL4_MessageInfo_get_length(message), n = 0;

    for (; n < length && n + 1 < GUARD_WORDS && seL4_GetMR((int)n) != '\n'; n++)
        words[number][n] = (char)seL4_GetMR((int)n);
    words[number][n] = 0;
}

static void guard(void *argument)
{
    seL4_Word badge;

    (void)argument;
    for (;;) {
        seL4_MessageInfo_t message = receive(&badge);
        unsigned int number = (unsigned int)(badge & ~SERVER_FAULT);

        if (seL4_MessageInfo_get_label(message) == LABEL_PRINT) {
            keep_words(number, message);
            answer();
        } else {
            fail(number);
        }
    }
}

void guard_init(seL4_CPtr notification)
{
    signalled = notification;
}

seL4_CPtr guard_faults(void)
{
    static struct thread thread;

    if (faults)
        return faults;
    faults = object_alloc(seL4_EndpointObject, 0);
#ifdef CONFIG_KERNEL_MCS
    reply = object_alloc(seL4_ReplyObject, 0);
#endif
    thread_run(&thread, guard, NULL, PRIORITY);
    thread_name(thread.tcb, "guard");
    return faults;
}

bool guard_take_failure(struct guard_failure *failure)
{
    for (unsigned int i = 0; i < MANAGER_SERVICES; i++) {
        if (failed[i] && !told[i]) {
            told[i] = true;
            failure->name = manager_service(i)->name;
            memcpy(failure->words, words[i], GUARD_WORDS);
            return true;
        }
    }
    return false;
}
