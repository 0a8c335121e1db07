/* What things are called, and what kinds of things there are (see words.h). */
#include "view/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* By type of capability: the word for the kind, and what its objects' names begin with. */
static const struct kind {
    const char *word, *prefix;
} kinds[] = {
    [CAP_NULL] = {"nothing", "null"},
    [CAP_UNTYPED] = {"untyped", "ut"},
    [CAP_ENDPOINT] = {"endpoint", "ep"},
    [CAP_NOTIFICATION] = {"notification", "ntfn"},
    [CAP_REPLY] = {"reply", "reply"},
    [CAP_CNODE] = {"cnode", "cnode"},
    [CAP_THREAD] = {"thread", "tcb"},
    [CAP_IRQ_CONTROL] = {"irq control", "irq_control"},
    [CAP_IRQ_HANDLER] = {"irq", "irq"},
    [CAP_ZOMBIE] = {"zombie", "zombie"},
    [CAP_DOMAIN] = {"domain control", "domain"},
    [CAP_SCHED_CONTEXT] = {"scheduling context", "sc"},
    [CAP_SCHED_CONTROL] = {"scheduling control", "sched_control"},
    [CAP_FRAME] = {"frame", "frame"},
    [CAP_PAGE_TABLE] = {"page table", "pt"},
    [CAP_PAGE_DIRECTORY] = {"page directory", "pd"},
    [CAP_PDPT] = {"pdpt", "pdpt"},
    [CAP_PML4] = {"vspace", "pml4"},
    [CAP_ASID_CONTROL] = {"asid control", "asid_control"},
    [CAP_ASID_POOL] = {"asid pool", "asid_pool"},
    [CAP_IO_PORT] = {"I/O ports", "ports"},
    [CAP_IO_PORT_CONTROL] = {"I/O port control", "io_port_control"},
    [CAP_IO_SPACE] = {"I/O space", "io_space"},
    [CAP_HOST] = {"host object", "host"},
};

#define KINDS (sizeof kinds / sizeof kinds[0])

static struct kind kind_by_type(unsigned type)
{
    if (type == THING_IRQ_SLOTS)
        return (struct kind){"interrupt slots", "irq_slots"};
    if (type == THING_TCB_ZOMBIE)
        type = CAP_ZOMBIE;
    return type < KINDS ? kinds[type] : (struct kind){"unknown", "unknown"};
}

const char *kind_of(const struct thing *thing)
{
    return kind_by_type(thing->type).word;
}

/* Rights that there is one of, at no place. */
static bool is_single(unsigned type)
{
    return type == CAP_IRQ_CONTROL || type == CAP_DOMAIN || type == CAP_ASID_CONTROL ||
           type == CAP_IO_PORT_CONTROL || type == CAP_IO_SPACE || type == THING_IRQ_SLOTS ||
           (type >= KINDS && type != THING_TCB_ZOMBIE);
}

static void print_name(char *name, unsigned type, uint64_t at, unsigned bits)
{
    const char *prefix = kind_by_type(type).prefix;
    unsigned long long value = at;

    if (is_single(type))
        snprintf(name, NAME_SIZE, "%s", prefix);
    else if (type == CAP_IO_PORT)
        snprintf(name, NAME_SIZE, "%s_%llx_%llx", prefix, value >> 16, value & 0xffff);
    else if (type == CAP_IRQ_HANDLER || type == CAP_SCHED_CONTROL)
        snprintf(name, NAME_SIZE, "%s_%llu", prefix, value);
    else if (type == CAP_UNTYPED) /* one may begin where a smaller one does */
        snprintf(name, NAME_SIZE, "%s_%llx_%u", prefix, value, bits);
    else
        snprintf(name, NAME_SIZE, "%s_%llx", prefix, value);
}

bool name_is_reserved(const char *name)
{
    for (size_t i = 0; i < KINDS; i++) {
        size_t length = strlen(kinds[i].prefix);

        if (strncmp(name, kinds[i].prefix, length) == 0 &&
            strspn(name + length, "_0123456789abcdef") == strlen(name + length))
            return true;
    }
    return strchr(name, '@') != NULL;
}

const char *name_of(const struct picture *p, uint32_t thing, char name[NAME_SIZE])
{
    const struct thing *t = thing == NONE ? NULL : thing_at(p, thing);

    if (t == NULL)
        snprintf(name, NAME_SIZE, "?");
    else if (t->thread != NONE)
        snprintf(name, NAME_SIZE, "%s", thread_at(p, t->thread)->label);
    else
        print_name(name, t->type, t->at, t->bits);
    return name;
}

const char *name_at(const struct picture *p, unsigned type, uint64_t at, char name[NAME_SIZE])
{
    uint32_t thing = picture_find(p, type, at);

    if (thing != NONE)
        return name_of(p, thing, name);
    print_name(name, type, at, 0);
    return name;
}

void words_add(char words[WORDS_SIZE], const char *format, ...)
{
    size_t length = strlen(words);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(words + length, WORDS_SIZE - length, format, arguments);
    va_end(arguments);
}

const char *size_words(unsigned bits, char words[WORDS_SIZE])
{
    static const char units[][3] = {"", "K", "M", "G", "T", "P", "E"};

    words[0] = '\0';
    words_add(words, "%llu%s", 1ull << bits % 10, units[bits / 10 < 7 ? bits / 10 : 6]);
    return words;
}

/* ------------------------------------------------------------------ capabilities */

static const char *const vm_rights[] = {"?", "no access", "read", "read+write"};

static void add_right(char *words, bool has, const char *right)
{
    if (has)
        words_add(words, "%s%s", words[0] ? "+" : "", right);
}

const char *rights_of(const struct kernel *k, struct cap cap, char words[WORDS_SIZE])
{
    words[0] = '\0';
    switch (cap.type) {
    case CAP_ENDPOINT:
        add_right(words, cap.endpoint.can_send, "send");
        add_right(words, cap.endpoint.can_receive, "receive");
        add_right(words, cap.endpoint.can_grant, "grant");
        add_right(words, cap.endpoint.can_grant_reply && !cap.endpoint.can_grant, "grant-reply");
        break;
    case CAP_NOTIFICATION:
        add_right(words, cap.notification.can_send, "signal");
        add_right(words, cap.notification.can_receive, "wait");
        break;
    case CAP_REPLY:
        if (!k->config.mcs && cap.reply.is_master)
            return "master";
        add_right(words, true, "reply");
        add_right(words, cap.reply.can_grant, "grant");
        break;
    case CAP_FRAME:
        words_add(words, "%s", vm_rights[cap.frame.rights]);
        break;
    default:
        return "";
    }
    return words[0] ? words : "no rights";
}

word badge_of(struct cap cap)
{
    return cap.type == CAP_ENDPOINT       ? cap.endpoint.badge
           : cap.type == CAP_NOTIFICATION ? cap.notification.badge
                                          : 0;
}

static void add_mapping(char *words, bool is_mapped, uint64_t vaddr, unsigned asid)
{
    if (is_mapped)
        words_add(words, "%smapped at 0x%llx, asid %u", words[0] ? ", " : "",
                  (unsigned long long)vaddr, asid);
}

const char *details_of(const struct picture *p, struct cap cap, char words[WORDS_SIZE])
{
    char rights[WORDS_SIZE];

    words[0] = '\0';
    words_add(words, "%s", rights_of(&p->k, cap, rights));
    if (badge_of(cap) != 0)
        words_add(words, "%sbadge %llu", words[0] ? ", " : "", (unsigned long long)badge_of(cap));
    switch (cap.type) {
    case CAP_CNODE:
        words_add(words, "2^%u slots, guard 0x%llx of %u bits", cap.cnode.radix,
                  (unsigned long long)cap.cnode.guard, cap.cnode.guard_size);
        break;
    case CAP_FRAME:
        add_mapping(words, cap.frame.asid != 0, cap.frame.vaddr, cap.frame.asid);
        break;
    case CAP_PAGE_TABLE:
    case CAP_PAGE_DIRECTORY:
    case CAP_PDPT:
        add_mapping(words, cap.table.is_mapped, cap.table.vaddr, cap.table.asid);
        break;
    case CAP_PML4:
        if (cap.table.is_mapped)
            words_add(words, "asid %u", cap.table.asid);
        break;
    case CAP_ZOMBIE:
        words_add(words, "being deleted, %llu slots to empty",
                  (unsigned long long)cap.zombie.count);
        break;
    default:
        break;
    }
    return words;
}
