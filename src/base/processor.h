/*
 * The little of the host's processor that more than one part needs, by names that all processors
 * share. Guests run natively, so it is their processor, too; what differs stands in the folder of
 * its name (docs/adr/0006-isa-independence.md).
 */
#ifndef SEL4UX_BASE_PROCESSOR_H
#define SEL4UX_BASE_PROCESSOR_H

#if defined(__x86_64__)
#include "base/x86_64/processor.h"
#elif defined(__aarch64__)
#include "base/aarch64/processor.h"
#else
#error "no folder for this processor yet: see docs/adr/0006-isa-independence.md"
#endif

#endif
