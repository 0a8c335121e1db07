/*
 * Names of events and their iids: those of the ABI and of the kernel model, at fixed places. Names
 * of threads come behind them, as they are met.
 */
#ifndef SEL4UX_TRACE_NAMES_H
#define SEL4UX_TRACE_NAMES_H

#include <stddef.h>

#include "kernel/platform.h"

#define NAME_SYSCALL(call)     (1u + (call))      /* enum abi_syscall */
#define NAME_INVOCATION(label) (0x80u + (label))  /* enum abi_invocation */
#define NAME_OBJECT(type)      (0x180u + (type))  /* made by retype; enum abi_object */
#define NAME_FAULT(kind)       (0x1c0u + (kind))  /* enum fault_kind */
#define NAME_ERROR(error)      (0x1e0u + (error)) /* enum seL4_Error */
#define NAME_STOP(kind)        (0x200u + (kind))  /* enum stop_kind */
#define NAME_IRQ(irq)          (0x280u + (irq))   /* seL4's number of it */
enum trace_name {
    NAME_MESSAGE = 0x220,
    NAME_FAULT_MESSAGE,
    NAME_REPLY,
    NAME_SENT,
    NAME_SIGNAL_CALL, /* the entry that sends it */
    NAME_SIGNAL,
    NAME_SIGNAL_KEPT,
    NAME_SIGNAL_TAKEN,
    NAME_MAP,
    NAME_UNMAP,
    NAME_TICK,
    NAME_HOST_EVENT,
};
#define NAME_FIRST_FREE 0x400u

#define NAME_TEXT_MAX 64

/* The text of a fixed iid in `buffer`; false: none has it. */
bool trace_name_text(unsigned iid, char buffer[NAME_TEXT_MAX]);

#endif
