/* Threads as text: a line for each, and what last went wrong (see topics.h). */
#include "view/partners.h"
#include "view/topics.h"

#include <string.h>

#define LABEL_COLUMNS 32

const char *partner_words(const struct picture *p, const struct partners *partners,
                          char words[WORDS_SIZE])
{
    uint32_t shown = partners->count < PARTNERS_SHOWN ? partners->count : PARTNERS_SHOWN;

    words[0] = '\0';
    for (uint32_t i = 0; i < shown; i++)
        words_add(words, "%s%s",
                  i == 0                                       ? ""
                  : i + 1 == shown && shown == partners->count ? " or "
                                                               : ", ",
                  thread_at(p, partners->thread[i])->label);
    if (partners->count > shown)
        words_add(words, " or %u more", partners->count - shown);
    if (partners->count == 0 && partners->ended != 0)
        words_add(words, "%s%s, which %s", thread_at(p, partners->thread[0])->label,
                  partners->ended > 1 ? " and others" : "",
                  partners->ended > 1 ? "have ended" : "has ended");
    if (partners->by_interrupt)
        words_add(words, "%sa device", words[0] ? " or " : "");
    return words[0] ? words : partners->by_itself ? "nobody else" : "nobody";
}

/* ------------------------------------------------------------------ the topic */

static unsigned label_columns(const struct picture *p)
{
    size_t widest = sizeof "thread" - 1;

    for (uint32_t i = 0; i < p->threads.count; i++) {
        size_t length = strlen(thread_at(p, i)->label);
        widest = length > widest ? length : widest;
    }
    return widest < LABEL_COLUMNS ? (unsigned)widest : LABEL_COLUMNS;
}

static void add_reply_partner(struct picture *p, uint32_t thread, char words[WORDS_SIZE])
{
    char names[WORDS_SIZE];
    struct partners partners;
    uint32_t thing;

    if (wait_of(p, thread, &thing) != WAIT_REPLY)
        return;
    partners_find(p, thread, &partners);
    words_add(words, " from %s", partner_words(p, &partners, names));
}

static void print_row(struct picture *p, struct text *t, uint32_t thread, unsigned columns)
{
    const struct thread *th = thread_at(p, thread);
    char words[WORDS_SIZE];

    text_cell(t, th->label, columns);
    text_put(t, "%4u %4u ", th->tcb.priority, th->tcb.mcp);
    if (p->k.config.num_domains > 1)
        text_put(t, "%3u ", th->tcb.domain);
    text_put(t, "0x%-12llx ", (unsigned long long)th->tcb.regs.fault_ip);
    activity_of(p, th, words);
    add_reply_partner(p, thread, words);
    if (th->tcb.state == THREAD_INACTIVE && th->tcb.failure.kind == FAILURE_STOPPED)
        text_style(t, TEXT_BAD);
    text_put(t, "%s", words);
    text_style(t, TEXT_PLAIN);
    text_put(t, "\n");
    if (th->tcb.failure.kind != FAILURE_STOPPED && failure_words(p, thread, words)[0] != '\0')
        text_line(t, "  last failure: %s", words);
}

static void print_cap(const struct picture *p, struct text *t, const char *title, struct cap cap)
{
    char name[NAME_SIZE], details[WORDS_SIZE];

    if (cap.type == CAP_NULL)
        return;
    name_of(p, picture_find_cap(p, cap), name);
    details_of(p, cap, details);
    text_line(t, "  %-16s %s%s%s%s", title, name, details[0] ? " (" : "", details,
              details[0] ? ")" : "");
}

/* What one thread consists of, for whoever asks for it alone. */
static void print_parts(const struct picture *p, struct text *t, uint32_t thread)
{
    const struct tcb *tcb = &thread_at(p, thread)->tcb;
    char name[NAME_SIZE];

    text_line(t, "  %-16s 0x%llx", "TCB", (unsigned long long)thread_at(p, thread)->at);
    text_line(t, "  %-16s ip 0x%llx, sp 0x%llx", "registers", (unsigned long long)tcb->regs.rip,
              (unsigned long long)tcb->regs.rsp);
    print_cap(p, t, "CSpace", tcb->slot[TCB_CTABLE].cap);
    print_cap(p, t, "VSpace", tcb->slot[TCB_VTABLE].cap);
    print_cap(p, t, "IPC buffer", tcb->slot[TCB_BUFFER].cap);
    print_cap(p, t, "called by", tcb->slot[TCB_CALLER].cap);
    print_cap(p, t, "fault handler", tcb->slot[TCB_FAULT_HANDLER].cap);
    print_cap(p, t, "timeout handler", tcb->slot[TCB_TIMEOUT_HANDLER].cap);
    if (tcb->fault_handler != 0)
        text_line(t, "  %-16s capability 0x%llx of its CSpace", "fault handler",
                  (unsigned long long)tcb->fault_handler);
    if (tcb->bound_notification != 0)
        text_line(t, "  %-16s %s", "bound to",
                  name_at(p, CAP_NOTIFICATION, tcb->bound_notification, name));
    if (tcb->sched_context != 0)
        text_line(t, "  %-16s %s", "runs on",
                  name_at(p, CAP_SCHED_CONTEXT, tcb->sched_context, name));
}

void topic_threads(struct picture *p, struct text *t, uint32_t thread)
{
    unsigned columns = label_columns(p);

    text_heading(t, "threads", p->threads.count);
    text_cell(t, "thread", columns);
    text_line(t, "prio  mcp %sip             what it does",
              p->k.config.num_domains > 1 ? "dom " : "");
    for (uint32_t i = 0; i < p->threads.count; i++) {
        if (thread == NONE || thread == i)
            print_row(p, t, i, columns);
    }
    if (thread != NONE)
        print_parts(p, t, thread);
}
