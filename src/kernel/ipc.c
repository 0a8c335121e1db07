/*
 * Messages and their transfer: words by registers and IPC buffers, capabilities into the receiver's
 * one receive slot or, for the endpoint that the message goes through, unwrapped to badges.
 *
 * A transfer can't fail: what does not fit or can't be found is cut off, and the receiver's
 * message info tells how much arrived.
 */
#include "kernel/ipc.h"
#include "kernel/cspace.h"
#include "kernel/fault.h"
#include "kernel/mdb.h"
#include "kernel/record.h"

/* seL4_MessageInfo: label 52, capsUnwrapped 3, extraCaps 2, length 7 bits. */
#define INFO_LENGTH_BITS 7
#define INFO_EXTRA_SHIFT 7
#define INFO_UNWRAPPED   9
#define INFO_LABEL       12

static const uint8_t message_register[MSG_REGISTERS] = {REG(r10), REG(r8), REG(r9), REG(r15)};

struct message_info message_info_from_word(word w)
{
    struct message_info info = {
        .label = w >> INFO_LABEL,
        .caps_unwrapped = (w >> INFO_UNWRAPPED) & MASK(3),
        .extra_caps = (w >> INFO_EXTRA_SHIFT) & MASK(2),
        .length = w & MASK(INFO_LENGTH_BITS),
    };
    if (info.length > MSG_MAX_LENGTH) {
        info.length = MSG_MAX_LENGTH;
    }
    return info;
}

word message_info_to_word(struct message_info info)
{
    return info.label << INFO_LABEL | (word)info.caps_unwrapped << INFO_UNWRAPPED |
           (word)info.extra_caps << INFO_EXTRA_SHIFT | info.length;
}

word ipc_get_mr(struct kernel *k, paddr tcb, paddr buffer, unsigned i)
{
    if (i < MSG_REGISTERS) {
        return *thread_register(kernel_tcb(k, tcb), message_register[i]);
    }
    return buffer && i < MSG_MAX_LENGTH ? ipc_buffer_words(k, buffer)[IPC_BUF_MSG + i] : 0;
}

bool ipc_set_mr(struct kernel *k, paddr tcb, paddr buffer, unsigned i, word value)
{
    if (i < MSG_REGISTERS) {
        *thread_register(kernel_tcb(k, tcb), message_register[i]) = value;
        return true;
    }
    if (!buffer || i >= MSG_MAX_LENGTH) {
        return false;
    }
    ipc_buffer_words(k, buffer)[IPC_BUF_MSG + i] = value;
    return true;
}

unsigned ipc_set_next_mr(struct kernel *k, paddr tcb, paddr buffer, unsigned i, word value)
{
    return ipc_set_mr(k, tcb, buffer, i, value) ? i + 1 : MSG_REGISTERS;
}

bool ipc_lookup_extra_caps(struct kernel *k, paddr sender, paddr buffer, unsigned count,
                           struct extra_caps *extra)
{
    extra->count = 0;
    if (!buffer) {
        return true;
    }
    for (unsigned i = 0; i < count && i < MAX_EXTRA_CAPS; i++) {
        word cptr = ipc_buffer_words(k, buffer)[IPC_BUF_CAPS + i];
        if (!cspace_lookup_slot(k, sender, cptr, &extra->slot[i])) {
            extra->count = 0;
            extra->failed_cptr = cptr;
            return false;
        }
        extra->count++;
    }
    return true;
}

static unsigned copy_words(struct kernel *k, paddr sender, paddr from, paddr receiver, paddr to,
                           unsigned length)
{
    const struct tcb *s = kernel_tcb(k, sender);
    struct tcb *r = kernel_tcb(k, receiver);
    unsigned i;

    for (i = 0; i < length && i < MSG_REGISTERS; i++) {
        unsigned reg = message_register[i];
        *thread_register(r, reg) = ((const word *)(const void *)&s->regs)[reg];
    }
    if (from && to) {
        const word *source = ipc_buffer_words(k, from);
        word *dest = ipc_buffer_words(k, to);
        for (; i < length; i++) {
            dest[IPC_BUF_MSG + i] = source[IPC_BUF_MSG + i];
        }
    }
    return i;
}

/*
 * Gives the receiver what the slots of `extra` hold, stopping at the first that can't be given;
 * fills in the counts of `info`.
 */
static void transfer_caps(struct kernel *k, const struct extra_caps *extra, paddr endpoint,
                          paddr receiver, paddr buffer, struct message_info *info)
{
    info->extra_caps = 0;
    info->caps_unwrapped = 0;
    if (!extra->count || !buffer) {
        return;
    }
    paddr dest = cspace_receive_slot(k, receiver, buffer);
    unsigned i;
    for (i = 0; i < extra->count; i++) {
        struct cap cap = cte_at(k, extra->slot[i])->cap;
        struct cap derived;

        if (cap.type == CAP_ENDPOINT && endpoint && cap.obj == endpoint) {
            ipc_buffer_words(k, buffer)[IPC_BUF_CAPS + i] = cap.endpoint.badge;
            info->caps_unwrapped |= 1u << i;
            continue;
        }
        if (!dest || !cap_derive(k, extra->slot[i], cap, &derived) || derived.type == CAP_NULL) {
            break;
        }
        mdb_insert(k, derived, extra->slot[i], dest);
        dest = 0;
    }
    info->extra_caps = i;
}

static void transfer_message(struct kernel *k, paddr sender, paddr endpoint, word badge, bool grant,
                             paddr receiver, paddr to)
{
    struct tcb *r = kernel_tcb(k, receiver);
    struct message_info info = message_info_from_word(kernel_tcb(k, sender)->regs.rsi);
    paddr from = thread_ipc_buffer(k, sender, false);
    struct extra_caps extra = {.count = 0};

    if (grant) {
        ipc_lookup_extra_caps(k, sender, from, info.extra_caps, &extra);
    }
    info.length = copy_words(k, sender, from, receiver, to, info.length);
    transfer_caps(k, &extra, endpoint, receiver, to, &info);
    ipc_set_info(r, info);
    ipc_set_badge(r, badge);
}

void ipc_transfer(struct kernel *k, paddr sender, paddr endpoint, word badge, bool grant,
                  paddr receiver)
{
    paddr to = thread_ipc_buffer(k, receiver, true);
    if (kernel_tcb(k, sender)->fault.kind == FAULT_NONE) {
        transfer_message(k, sender, endpoint, badge, grant, receiver, to);
    } else {
        ipc_set_info(kernel_tcb(k, receiver), fault_set_message(k, sender, receiver, to));
        ipc_set_badge(kernel_tcb(k, receiver), badge);
    }
    if (record_wanted(k)) {
        record_message(k, sender, receiver, endpoint, badge, kernel_tcb(k, receiver)->regs.rsi);
    }
}

/* ------------------------------------------------------------------ queues of blocked threads */

/* Links `tcb` in behind `prev` (0: at the head). */
static void queue_insert(struct kernel *k, struct tcb_queue *q, paddr tcb, paddr prev)
{
    struct tcb *t = kernel_tcb(k, tcb);
    t->ep_prev = prev;
    t->ep_next = prev ? kernel_tcb(k, prev)->ep_next : q->head;
    if (prev) {
        kernel_tcb(k, prev)->ep_next = tcb;
    } else {
        q->head = tcb;
    }
    if (t->ep_next) {
        kernel_tcb(k, t->ep_next)->ep_prev = tcb;
    } else {
        q->tail = tcb;
    }
}

void ipc_queue_add(struct kernel *k, struct tcb_queue *q, paddr tcb)
{
    unsigned priority = kernel_tcb(k, tcb)->priority;
    paddr prev = q->tail;
    while (k->config.mcs && prev && kernel_tcb(k, prev)->priority < priority) {
        prev = kernel_tcb(k, prev)->ep_prev;
    }
    queue_insert(k, q, tcb, prev);
}

void ipc_queue_remove(struct kernel *k, struct tcb_queue *q, paddr tcb)
{
    struct tcb *t = kernel_tcb(k, tcb);
    if (t->ep_prev) {
        kernel_tcb(k, t->ep_prev)->ep_next = t->ep_next;
    } else {
        q->head = t->ep_next;
    }
    if (t->ep_next) {
        kernel_tcb(k, t->ep_next)->ep_prev = t->ep_prev;
    } else {
        q->tail = t->ep_prev;
    }
    t->ep_prev = 0;
    t->ep_next = 0;
}
