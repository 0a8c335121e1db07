/*
 * Floating-point state as a TCB holds it: the processor's XSAVE form. A component that its header
 * leaves out is in its initial state, whatever the bytes say.
 */
#ifndef SEL4UX_GDB_XSAVE_H
#define SEL4UX_GDB_XSAVE_H

#include "kernel/object.h"

#define XSAVE_FCW    0
#define XSAVE_FSW    2
#define XSAVE_FTW    4
#define XSAVE_FOP    6
#define XSAVE_FIP    8
#define XSAVE_FDP    16
#define XSAVE_MXCSR  24
#define XSAVE_ST     32
#define XSAVE_XMM    160
#define XSAVE_HEADER 512
#define XSAVE_AVX    576

enum { COMPONENT_X87 = 1, COMPONENT_SSE = 2, COMPONENT_AVX = 4 };

#define FCW_INIT   0x37f
#define MXCSR_INIT 0x1f80

uint64_t *xsave_components(struct tcb *tcb);
bool xsave_has(struct tcb *tcb, unsigned component);

/* Before a part of it is written: all of the component becomes what it stands for. */
void xsave_make_present(struct tcb *tcb, unsigned component);

/* The x87 tag word, which hardware has abridged to a bit for each register. */
uint16_t xsave_full_tags(struct tcb *tcb);
void xsave_set_tags(struct tcb *tcb, uint16_t tags);

#endif
