/* What threads do, and what stopped them, in words (see words.h). */
#include "view/words.h"

#include <string.h>

const char *lookup_words(const struct lookup_fault *fault, char words[WORDS_SIZE])
{
    words[0] = '\0';
    switch (fault->type) {
    case seL4_InvalidRoot:
        return "there is no CSpace";
    case seL4_MissingCapability:
        return fault->bits_left ? "no capability on the way" : "no capability there";
    case seL4_DepthMismatch:
        words_add(words, "a CNode there takes %u bits of the %u that are left", fault->bits_found,
                  fault->bits_left);
        return words;
    case seL4_GuardMismatch:
        words_add(words, "the guard there is 0x%llx of %u bits",
                  (unsigned long long)fault->guard_found, fault->bits_found);
        return words;
    default:
        return "not found";
    }
}

const char *fault_words(const struct fault *f, char words[WORDS_SIZE])
{
    char why[WORDS_SIZE];

    words[0] = '\0';
    switch ((enum fault_kind)f->kind) {
    case FAULT_CAP:
        words_add(words, "%s on capability 0x%llx: %s", f->in_receive ? "a receive" : "a send",
                  (unsigned long long)f->address, lookup_words(&f->lookup, why));
        break;
    case FAULT_UNKNOWN_SYSCALL:
        words_add(words, "unknown system call %lld", (long long)f->number);
        break;
    case FAULT_USER_EXCEPTION:
        words_add(words, "processor exception %llu (code 0x%llx)", (unsigned long long)f->number,
                  (unsigned long long)f->code);
        break;
    case FAULT_DEBUG_EXCEPTION:
        words_add(words, "debug exception, reason %llu", (unsigned long long)f->number);
        break;
    case FAULT_TIMEOUT:
        words_add(words, "its budget is used up (data 0x%llx)", (unsigned long long)f->number);
        break;
    case FAULT_VM:
        words_add(words, "%s 0x%llx (code 0x%llx)",
                  f->instruction ? "execution at"
                  : f->code & 2  ? "write to"
                                 : "read of",
                  (unsigned long long)f->address, (unsigned long long)f->code);
        break;
    case FAULT_NONE:
    default:
        return "no fault";
    }
    return words;
}

/* ------------------------------------------------------------------ states */

static bool has_no_time(const struct picture *p, const struct tcb *t)
{
    return p->k.config.mcs && t->sched_context == 0;
}

static bool is_stopped_by_fault(const struct tcb *t)
{
    return t->state == THREAD_INACTIVE && t->failure.kind == FAILURE_STOPPED;
}

const char *state_of(const struct picture *p, const struct thread *t)
{
    switch ((enum thread_state)t->tcb.state) {
    case THREAD_INACTIVE:
        return is_stopped_by_fault(&t->tcb) ? "faulted" : "inactive";
    case THREAD_RUNNING:
    case THREAD_RESTART:
        return p->k.current == t->at     ? "running"
               : has_no_time(p, &t->tcb) ? "no scheduling context"
               : t->tcb.in_release_queue ? "out of budget"
                                         : "ready";
    case THREAD_BLOCKED_ON_RECEIVE:
        return "blocked on receive";
    case THREAD_BLOCKED_ON_SEND:
        return "blocked on send";
    case THREAD_BLOCKED_ON_REPLY:
        return "blocked on reply";
    case THREAD_BLOCKED_ON_NOTIFICATION:
        return "blocked on notification";
    default:
        return "damaged";
    }
}

static void add_blocked(const struct picture *p, const struct thread *t, char words[WORDS_SIZE])
{
    const struct tcb *tcb = &t->tcb;
    char name[NAME_SIZE], fault[WORDS_SIZE];

    if (tcb->fault.kind != FAULT_NONE && tcb->state != THREAD_BLOCKED_ON_RECEIVE)
        words_add(words, "faulted (%s); ", fault_words(&tcb->fault, fault));
    switch ((enum thread_state)tcb->state) {
    case THREAD_BLOCKED_ON_SEND:
        words_add(words, "waits to %s %s",
                  tcb->fault.kind != FAULT_NONE ? "tell that to"
                  : tcb->blocking_is_call       ? "call"
                                                : "send to",
                  name_at(p, CAP_ENDPOINT, tcb->blocking_object, name));
        if (tcb->blocking_badge != 0)
            words_add(words, " as badge %llu", (unsigned long long)tcb->blocking_badge);
        break;
    case THREAD_BLOCKED_ON_RECEIVE:
        words_add(words, "receives from %s", name_at(p, CAP_ENDPOINT, tcb->blocking_object, name));
        if (tcb->bound_notification != 0)
            words_add(words, " and %s",
                      name_at(p, CAP_NOTIFICATION, tcb->bound_notification, name));
        break;
    case THREAD_BLOCKED_ON_REPLY:
        words_add(words, "waits for a reply");
        break;
    default:
        words_add(words, "waits for %s", name_at(p, CAP_NOTIFICATION, tcb->blocking_object, name));
        break;
    }
}

const char *activity_of(const struct picture *p, const struct thread *t, char words[WORDS_SIZE])
{
    char fault[WORDS_SIZE];

    words[0] = '\0';
    switch ((enum thread_state)t->tcb.state) {
    case THREAD_INACTIVE:
        if (is_stopped_by_fault(&t->tcb))
            words_add(words, "stopped by a fault: %s", fault_words(&t->tcb.failure.fault, fault));
        else
            words_add(words, "inactive");
        break;
    case THREAD_RUNNING:
    case THREAD_RESTART:
        words_add(words, "%s",
                  has_no_time(p, &t->tcb)   ? "has no scheduling context"
                  : t->tcb.in_release_queue ? "waits for budget"
                                            : state_of(p, t));
        break;
    default:
        if (t->tcb.state > THREAD_BLOCKED_ON_NOTIFICATION)
            words_add(words, "in state %u, which there is not", t->tcb.state);
        else
            add_blocked(p, t, words);
        break;
    }
    return words;
}
