/*
 * Why a mapping failed with seL4_FailedLookup: how many bits of the address were left when a
 * paging structure was missing (SEL4_MAPPING_LOOKUP_NO_PT and its kin).
 */
#pragma once

#include <sel4/functions.h>

SEL4_C_BEGIN

LIBSEL4_INLINE_FUNC seL4_Word seL4_MappingFailedLookupLevel(void)
{
    return seL4_GetMR(SEL4_MAPPING_LOOKUP_LEVEL);
}

SEL4_C_END
