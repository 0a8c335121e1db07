/*
 * The tables of struct abi, filled from rows that tools/abigen.py generates from abi/.
 *
 * A row names a canonical id and the conditions under which a kernel build has it. Numbers are
 * positions among the rows whose conditions a configuration meets, as upstream's own generators
 * count them: so the order of rows is the ABI, and there is no number in this file.
 */
#include "abi/abi.h"

#include <string.h>

/*
 * One thing that exists when all of `with` and none of `without` (enum abi_condition) holds. A
 * reserved one keeps its number when it does not exist.
 */
struct abi_row {
    uint8_t id;
    uint32_t with, without;
    bool reserved;
};

#include "abi_tables.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(COUNT(syscalls) < ABI_MAX_SYSCALL, "room for every syscall number");
_Static_assert(COUNT(invocations) < ABI_MAX_LABEL, "room for every label");
_Static_assert(COUNT(objects) <= ABI_MAX_TYPE, "room for every object type");
_Static_assert(SYS_COUNT < 256 && INV_COUNT < 256 && OBJ_COUNT < 256, "ids fit a byte");

/* Writes the ids of the rows that `met` allows to table[first], table[first + 1] and so on. */
static void number(uint8_t *table, uint32_t first, const struct abi_row *rows, size_t count,
                   uint32_t met)
{
    uint32_t next = first;

    for (size_t i = 0; i < count; i++) {
        if ((rows[i].with & met) == rows[i].with && (rows[i].without & met) == 0)
            table[next++] = rows[i].id;
        else if (rows[i].reserved)
            next++;
    }
}

void abi_init(struct abi *abi, const struct kernel_config *config)
{
    uint32_t met = conditions_of(config);

    memset(abi, 0, sizeof(*abi));
    number(abi->syscall, 1, syscalls, COUNT(syscalls), met);
    number(abi->invocation, 1, invocations, COUNT(invocations), met);
    number(abi->object, 0, objects, COUNT(objects), met);

    abi->vm_fault_label = vm_fault_label(met);
    abi->timeout_label = timeout_label(met);
    abi->debug_exception_label = debug_exception_label(met);
    abi->notification_bits = notification_bits(met);
    abi->tcb_bits = tcb_bits(met);
}

/* strcmp() == 0, for code that also runs without a C library. */
static bool same_text(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

enum abi_invocation abi_invocation_by_name(const char *name)
{
    for (int i = INV_INVALID + 1; i < INV_COUNT; i++) {
        const char *known = invocation_names[i];

        if (known && same_text(known, name))
            return (enum abi_invocation)i;
    }
    return INV_INVALID;
}

static const char *name_in(const char *const *names, unsigned int count, unsigned int id)
{
    return id < count && names[id] ? names[id] : "invalid";
}

const char *abi_invocation_name(enum abi_invocation invocation)
{
    return name_in(invocation_names, INV_COUNT, invocation);
}

const char *abi_syscall_name(enum abi_syscall syscall)
{
    return name_in(syscall_names, SYS_COUNT, syscall);
}

const char *abi_object_name(enum abi_object object)
{
    return name_in(object_names, OBJ_COUNT, object);
}
