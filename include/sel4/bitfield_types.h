/*
 * The types that seL4 packs into one word: message info, capability rights and CNode data.
 *
 * Each is a struct of one word, so that the compiler tells them from numbers. For a field F of a
 * type T there are T_get_F(value), T_set_F(value, field), which returns the changed value, and
 * T_ptr_get_F(pointer), T_ptr_set_F(pointer, field).
 */
#pragma once

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
