/* Words of the records, see record.h; what they mean is said with enum record_kind. */
#include "kernel/record.h"

#include <string.h>

#include "kernel/platform.h"

#define COUNT(array) (unsigned)(sizeof(array) / sizeof((array)[0]))

void record_message(struct kernel *k, paddr sender, paddr receiver, paddr endpoint, word badge,
                    word info)
{
    const word words[] = {sender, endpoint, badge, info};

    platform_record(k, RECORD_MESSAGE, kernel_tcb(k, sender)->fault.kind, receiver, words,
                    COUNT(words));
}

void record_signal(struct kernel *k, paddr ntfn, paddr woken, word badge)
{
    const word words[] = {woken, badge};

    platform_record(k, RECORD_SIGNAL, 0, ntfn, words, COUNT(words));
}

void record_taken(struct kernel *k, paddr ntfn, paddr receiver, word badge)
{
    const word words[] = {receiver, badge};

    platform_record(k, RECORD_TAKEN, 0, ntfn, words, COUNT(words));
}

void record_fault(struct kernel *k, paddr tcb)
{
    const word words[] = {k->fault.address, k->fault.number, k->fault.code};

    platform_record(k, RECORD_FAULT, k->fault.kind, tcb, words, COUNT(words));
}

void record_invocation(struct kernel *k, struct cap cap, word label)
{
    const word words[] = {label};

    platform_record(k, RECORD_INVOCATION, cap.type, 0, words, COUNT(words));
}

void record_failure(struct kernel *k)
{
    platform_record(k, RECORD_FAILURE, k->error.type, 0, NULL, 0);
}

void record_mapping(struct kernel *k, paddr pml4, word vaddr, unsigned bits, word entry)
{
    const word words[] = {vaddr, entry};

    platform_record(k, RECORD_MAPPING, bits, pml4, words, COUNT(words));
}

void record_retype(struct kernel *k, unsigned type, paddr base, unsigned bits, word count)
{
    const word words[] = {bits, count};

    platform_record(k, RECORD_RETYPE, type, base, words, COUNT(words));
}

void record_name(struct kernel *k, paddr tcb)
{
    word words[THREAD_NAME_SIZE / sizeof(word)] = {0};
    const char *name = kernel_tcb(k, tcb)->name;
    unsigned n = 0;

    while (n + 1 < THREAD_NAME_SIZE && name[n] != '\0')
        n++;
    memcpy(words, name, n);
    platform_record(k, RECORD_NAME, 0, tcb, words, n / sizeof(word) + 1);
}

void record_space(struct kernel *k, paddr tcb)
{
    struct cap root = kernel_tcb(k, tcb)->slot[TCB_VTABLE].cap;
    const word words[] = {root.type == CAP_PML4 ? root.obj : 0};

    platform_record(k, RECORD_SPACE, 0, tcb, words, COUNT(words));
}

void record_thread_gone(struct kernel *k, paddr tcb)
{
    platform_record(k, RECORD_THREAD_GONE, 0, tcb, NULL, 0);
}

void record_space_gone(struct kernel *k, paddr pml4)
{
    platform_record(k, RECORD_SPACE_GONE, 0, pml4, NULL, 0);
}
