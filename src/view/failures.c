/* What last went wrong for a thread, in words (see words.h). */
#include "view/partners.h"
#include "view/words.h"

static const char *error_name(uint32_t error)
{
    static const char *const names[] = {
        "NoError",     "InvalidArgument", "InvalidCapability", "IllegalOperation",
        "RangeError",  "AlignmentError",  "FailedLookup",      "TruncatedMessage",
        "DeleteFirst", "RevokeFirst",     "NotEnoughMemory",
    };

    return error < sizeof names / sizeof names[0] ? names[error] : "?";
}

/* What lies at an address of the thread's CSpace now; NONE: nothing, or no such address. */
static uint32_t look_up(const struct picture *p, uint32_t thread, word cptr)
{
    uint32_t space = space_of(p, thread);
    const struct space *s = space == NONE ? NULL : space_at(p, space);

    /* The CNode that the address leads into is the last of those that it passes. */
    for (uint32_t i = s == NULL ? 0 : s->reach_count; i > 0; i--) {
        const struct reach *r = reach_at(p, s->first_reach + i - 1);
        const struct thing *node = thing_at(p, r->cnode);
        uint64_t index = (cptr ^ r->prefix) >> r->left;

        if (index >> (node->bits - SLOT_BITS) != 0)
            continue;
        for (uint32_t h = 0; h < node->held_count; h++) {
            if (held_at(p, node->first_held + h)->index == index)
                return node->first_held + h;
        }
        return NONE;
    }
    return NONE;
}

static void add_found(const struct picture *p, uint32_t thread, word cptr, char words[WORDS_SIZE])
{
    uint32_t held = look_up(p, thread, cptr);
    char name[NAME_SIZE], details[WORDS_SIZE];

    if (held == NONE)
        return;
    words_add(words, "; now there is %s", name_of(p, held_at(p, held)->thing, name));
    if (details_of(p, held_at(p, held)->cap, details)[0] != '\0')
        words_add(words, " (%s)", details);
}

static void describe_invocation(const struct picture *p, uint32_t thread, char words[WORDS_SIZE])
{
    const struct failure *f = &thread_at(p, thread)->tcb.failure;
    struct thing kind = {.type = f->cap_type};
    char why[WORDS_SIZE];

    if (f->cap_type == CAP_NULL)
        words_add(words, "capability 0x%llx was invoked, but the slot was empty",
                  (unsigned long long)f->fault.address);
    else
        words_add(words, "%s of capability 0x%llx (%s) ended with %s",
                  f->label < INV_COUNT && f->label != INV_INVALID
                      ? abi_invocation_name((enum abi_invocation)f->label)
                      : "an invocation",
                  (unsigned long long)f->fault.address, kind_of(&kind), error_name(f->error));
    if (f->cap_type != CAP_NULL &&
        (f->error == seL4_InvalidArgument || f->error == seL4_InvalidCapability))
        words_add(words, " %llu", (unsigned long long)f->argument);
    if (f->error == seL4_FailedLookup)
        words_add(words, ": %s", lookup_words(&f->fault.lookup, why));
    if (f->cap_type == CAP_NULL)
        add_found(p, thread, f->fault.address, words);
}

const char *failure_words(const struct picture *p, uint32_t thread, char words[WORDS_SIZE])
{
    const struct failure *f = &thread_at(p, thread)->tcb.failure;
    char why[WORDS_SIZE];

    words[0] = '\0';
    switch ((enum failure_kind)f->kind) {
    case FAILURE_LOOKUP:
        words_add(words, "%s capability 0x%llx: %s",
                  f->fault.in_receive ? "it tried to receive from" : "it tried to use",
                  (unsigned long long)f->fault.address, lookup_words(&f->fault.lookup, why));
        add_found(p, thread, f->fault.address, words);
        break;
    case FAILURE_INVOCATION:
        describe_invocation(p, thread, words);
        break;
    case FAILURE_STOPPED:
        words_add(words, "no handler took its fault, %s", fault_words(&f->fault, why));
        if (f->fault.kind == FAULT_CAP)
            add_found(p, thread, f->fault.address, words);
        break;
    default:
        break;
    }
    return words;
}
