/*
 * Invocations that are a special case of another one.
 */
#pragma once

#include <interfaces/sel4_client.h>

SEL4_C_BEGIN

#ifdef CONFIG_KERNEL_MCS
LIBSEL4_INLINE seL4_Error seL4_SchedControl_Configure(seL4_SchedControl _service,
                                                      seL4_SchedContext schedcontext,
                                                      seL4_Time budget, seL4_Time period,
                                                      seL4_Word extra_refills, seL4_Word badge)
{
    return seL4_SchedControl_ConfigureFlags(_service, schedcontext, budget, period, extra_refills,
                                            badge, seL4_SchedContext_NoFlag);
}
#endif

SEL4_C_END
