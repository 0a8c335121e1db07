/*
 * The call site of a program built for sel4ux (include/freestanding/sel4/trap_entry.h):
 *
 *     site:   lea after(%rip), %rcx
 *             jmp *%gs:-0x80000000
 *             jmp site                    where a restarted call goes on
 *     after:
 *
 * Where GS does not lead to the kernel model the first jump faults, and the call is served there.
 */
#ifndef SEL4UX_MACHINE_CALL_SITE_H
#define SEL4UX_MACHINE_CALL_SITE_H

#include <stdint.h>

#define CALL_SITE_JUMP      0x800000002524ff65ull /* the bytes of the jump through GS */
#define CALL_SITE_JUMP_SIZE 8
#define CALL_SITE_RESTART   2 /* size of the jump back, as of the `syscall` that it stands for */

static inline uint8_t call_site_byte(unsigned i)
{
    return (uint8_t)(CALL_SITE_JUMP >> 8 * i);
}

#endif
