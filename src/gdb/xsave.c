/* Floating-point state (see xsave.h). */
#include "gdb/xsave.h"

#include <string.h>

#define FTW_EMPTY 0xffff

uint64_t *xsave_components(struct tcb *tcb)
{
    return (uint64_t *)(void *)(tcb->fpu + XSAVE_HEADER);
}

bool xsave_has(struct tcb *tcb, unsigned component)
{
    return *xsave_components(tcb) & component;
}

void xsave_make_present(struct tcb *tcb, unsigned component)
{
    const uint16_t fcw = FCW_INIT;

    if (xsave_has(tcb, component))
        return;
    if (component == COMPONENT_X87) {
        memset(tcb->fpu, 0, XSAVE_MXCSR);
        memset(tcb->fpu + XSAVE_ST, 0, XSAVE_XMM - XSAVE_ST);
        memcpy(tcb->fpu + XSAVE_FCW, &fcw, sizeof fcw);
    } else if (component == COMPONENT_SSE) {
        memset(tcb->fpu + XSAVE_XMM, 0, 256);
    } else {
        memset(tcb->fpu + XSAVE_AVX, 0, 256);
    }
    *xsave_components(tcb) |= component;
}

/* For each register: is it a number, zero, something special, or empty? */
uint16_t xsave_full_tags(struct tcb *tcb)
{
    uint16_t status, tags = 0;

    if (!xsave_has(tcb, COMPONENT_X87))
        return FTW_EMPTY;
    memcpy(&status, tcb->fpu + XSAVE_FSW, sizeof status);
    for (unsigned physical = 0; physical < 8; physical++) {
        unsigned top = status >> 11 & 7;
        const uint8_t *st = tcb->fpu + XSAVE_ST + 16 * ((physical - top) & 7);
        uint64_t mantissa;
        uint16_t exponent;
        unsigned tag;

        memcpy(&mantissa, st, sizeof mantissa);
        memcpy(&exponent, st + 8, sizeof exponent);
        exponent &= 0x7fff;
        if (!(tcb->fpu[XSAVE_FTW] >> physical & 1))
            tag = 3;
        else if (exponent == 0 && mantissa == 0)
            tag = 1;
        else
            tag = exponent == 0 || exponent == 0x7fff || !(mantissa >> 63) ? 2 : 0;
        tags = (uint16_t)(tags | tag << 2 * physical);
    }
    return tags;
}

void xsave_set_tags(struct tcb *tcb, uint16_t tags)
{
    uint8_t abridged = 0;

    for (unsigned n = 0; n < 8; n++)
        abridged = (uint8_t)(abridged | ((tags >> 2 * n & 3) != 3) << n);
    xsave_make_present(tcb, COMPONENT_X87);
    tcb->fpu[XSAVE_FTW] = abridged;
}
