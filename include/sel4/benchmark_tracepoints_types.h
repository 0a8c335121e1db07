/*
 * What a kernel with trace points leaves in the log buffer.
 */
#pragma once

#include <sel4/simple_types.h>

#ifdef CONFIG_BENCHMARK_TRACEPOINTS
typedef struct benchmark_tracepoint_log_entry {
    seL4_Word id;
    seL4_Word duration; /* cycles */
} benchmark_tracepoint_log_entry_t;
#endif
