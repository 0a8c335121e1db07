/*
 * The types that seL4 packs into words: message info, capability rights, CNode data, and faults.
 *
 * Each is a struct, so that the compiler tells them from numbers. For a field F of a type T there
 * are T_get_F(value), T_set_F(value, field), which returns the changed value, and T_ptr_get_F
 * (pointer), T_ptr_set_F(pointer, field); for T as a whole T_new(fields...) and T_ptr_new(pointer,
 * fields...). What does not fit a field is cut off.
 */
#pragma once

#include <sel4/debug_assert.h>
#include <sel4/simple_types.h>

#define SEL4_WORD_TYPE(type)                                                                       \
    typedef struct type {                                                                          \
        seL4_Uint64 words[1];                                                                      \
    } type##_t

#define SEL4_WORD_FIELD(type, field, shift, bits)                                                  \
    LIBSEL4_INLINE_FUNC seL4_Uint64 type##_get_##field(type##_t value)                             \
    {                                                                                              \
        return (value.words[0] >> (shift)) & (LIBSEL4_BIT(bits) - 1);                              \
    }                                                                                              \
    LIBSEL4_INLINE_FUNC type##_t type##_set_##field(type##_t value, seL4_Uint64 number)            \
    {                                                                                              \
        seL4_Uint64 mask = LIBSEL4_BIT(bits) - 1;                                                  \
                                                                                                   \
        value.words[0] = (value.words[0] & ~(mask << (shift))) | ((number & mask) << (shift));     \
        return value;                                                                              \
    }                                                                                              \
    LIBSEL4_INLINE_FUNC seL4_Uint64 type##_ptr_get_##field(const type##_t *value)                  \
    {                                                                                              \
        return type##_get_##field(*value);                                                         \
    }                                                                                              \
    LIBSEL4_INLINE_FUNC void type##_ptr_set_##field(type##_t *value, seL4_Uint64 number)           \
    {                                                                                              \
        *value = type##_set_##field(*value, number);                                               \
    }

SEL4_C_BEGIN

SEL4_WORD_TYPE(seL4_MessageInfo);
SEL4_WORD_FIELD(seL4_MessageInfo, length, 0, 7)
SEL4_WORD_FIELD(seL4_MessageInfo, extraCaps, 7, 2)
SEL4_WORD_FIELD(seL4_MessageInfo, capsUnwrapped, 9, 3)
SEL4_WORD_FIELD(seL4_MessageInfo, label, 12, 52)

LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_MessageInfo_new(seL4_Uint64 label,
                                                            seL4_Uint64 capsUnwrapped,
                                                            seL4_Uint64 extraCaps,
                                                            seL4_Uint64 length)
{
    seL4_MessageInfo_t info = {{length & 0x7f}};

    info = seL4_MessageInfo_set_extraCaps(info, extraCaps);
    info = seL4_MessageInfo_set_capsUnwrapped(info, capsUnwrapped);
    return seL4_MessageInfo_set_label(info, label);
}

LIBSEL4_INLINE_FUNC void seL4_MessageInfo_ptr_new(seL4_MessageInfo_t *info, seL4_Uint64 label,
                                                  seL4_Uint64 capsUnwrapped, seL4_Uint64 extraCaps,
                                                  seL4_Uint64 length)
{
    *info = seL4_MessageInfo_new(label, capsUnwrapped, extraCaps, length);
}

SEL4_WORD_TYPE(seL4_CapRights);
SEL4_WORD_FIELD(seL4_CapRights, capAllowWrite, 0, 1)
SEL4_WORD_FIELD(seL4_CapRights, capAllowRead, 1, 1)
SEL4_WORD_FIELD(seL4_CapRights, capAllowGrant, 2, 1)
SEL4_WORD_FIELD(seL4_CapRights, capAllowGrantReply, 3, 1)

LIBSEL4_INLINE_FUNC seL4_CapRights_t seL4_CapRights_new(seL4_Uint64 capAllowGrantReply,
                                                        seL4_Uint64 capAllowGrant,
                                                        seL4_Uint64 capAllowRead,
                                                        seL4_Uint64 capAllowWrite)
{
    seL4_CapRights_t rights = {{capAllowWrite & 1}};

    rights = seL4_CapRights_set_capAllowRead(rights, capAllowRead);
    rights = seL4_CapRights_set_capAllowGrant(rights, capAllowGrant);
    return seL4_CapRights_set_capAllowGrantReply(rights, capAllowGrantReply);
}

LIBSEL4_INLINE_FUNC void seL4_CapRights_ptr_new(seL4_CapRights_t *rights,
                                                seL4_Uint64 capAllowGrantReply,
                                                seL4_Uint64 capAllowGrant, seL4_Uint64 capAllowRead,
                                                seL4_Uint64 capAllowWrite)
{
    *rights = seL4_CapRights_new(capAllowGrantReply, capAllowGrant, capAllowRead, capAllowWrite);
}

#define seL4_NoRights      seL4_CapRights_new(0, 0, 0, 0)
#define seL4_CanWrite      seL4_CapRights_new(0, 0, 0, 1)
#define seL4_CanRead       seL4_CapRights_new(0, 0, 1, 0)
#define seL4_ReadWrite     seL4_CapRights_new(0, 0, 1, 1)
#define seL4_CanGrant      seL4_CapRights_new(0, 1, 0, 0)
#define seL4_CanGrantReply seL4_CapRights_new(1, 0, 0, 0)
#define seL4_NoWrite       seL4_CapRights_new(1, 1, 1, 0)
#define seL4_NoRead        seL4_CapRights_new(1, 1, 0, 1)
#define seL4_AllRights     seL4_CapRights_new(1, 1, 1, 1)

SEL4_WORD_TYPE(seL4_CNode_CapData);
SEL4_WORD_FIELD(seL4_CNode_CapData, guardSize, 0, 6)
SEL4_WORD_FIELD(seL4_CNode_CapData, guard, 6, 58)

LIBSEL4_INLINE_FUNC seL4_CNode_CapData_t seL4_CNode_CapData_new(seL4_Uint64 guard,
                                                                seL4_Uint64 guardSize)
{
    seL4_CNode_CapData_t data = {{guardSize & 0x3f}};

    return seL4_CNode_CapData_set_guard(data, guard);
}

LIBSEL4_INLINE_FUNC void seL4_CNode_CapData_ptr_new(seL4_CNode_CapData_t *data, seL4_Uint64 guard,
                                                    seL4_Uint64 guardSize)
{
    *data = seL4_CNode_CapData_new(guard, guardSize);
}

/* -------------------------------------------------------------- faults */

#define SEL4_FAULT_WORDS 20

typedef struct seL4_Fault {
    seL4_Uint64 words[SEL4_FAULT_WORDS];
} seL4_Fault_t;

LIBSEL4_INLINE_FUNC seL4_Uint64 seL4_Fault_get_seL4_FaultType(seL4_Fault_t fault)
{
    return fault.words[0] & 0xf;
}

LIBSEL4_INLINE_FUNC seL4_Uint64 seL4_Fault_ptr_get_seL4_FaultType(const seL4_Fault_t *fault)
{
    return fault->words[0] & 0xf;
}

LIBSEL4_INLINE_FUNC int seL4_Fault_seL4_FaultType_equals(seL4_Fault_t fault, seL4_Uint64 kind)
{
    return seL4_Fault_get_seL4_FaultType(fault) == kind;
}

#define SEL4_FAULT_FIELD(kind, field, word)                                                        \
    LIBSEL4_INLINE_FUNC seL4_Uint64 seL4_Fault_##kind##_get_##field(seL4_Fault_t fault)            \
    {                                                                                              \
        return fault.words[word];                                                                  \
    }                                                                                              \
    LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_Fault_##kind##_set_##field(seL4_Fault_t fault,           \
                                                                     seL4_Uint64 number)           \
    {                                                                                              \
        fault.words[word] = number;                                                                \
        return fault;                                                                              \
    }                                                                                              \
    LIBSEL4_INLINE_FUNC seL4_Uint64 seL4_Fault_##kind##_ptr_get_##field(const seL4_Fault_t *fault) \
    {                                                                                              \
        return fault->words[word];                                                                 \
    }                                                                                              \
    LIBSEL4_INLINE_FUNC void seL4_Fault_##kind##_ptr_set_##field(seL4_Fault_t *fault,              \
                                                                 seL4_Uint64 number)               \
    {                                                                                              \
        fault->words[word] = number;                                                               \
    }

SEL4_C_END

#include <sel4/gen_faults.h>
