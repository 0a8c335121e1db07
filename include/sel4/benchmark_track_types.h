/*
 * What a kernel that tracks its entries leaves in the log buffer: why it was entered, and for how
 * many cycles.
 */
#pragma once

#include <stdint.h>

#include <sel4/simple_types.h>

#if defined(CONFIG_BENCHMARK_TRACK_KERNEL_ENTRIES) || defined(CONFIG_DEBUG_BUILD)
typedef enum {
    Entry_Unknown,
    Entry_Interrupt,
    Entry_UnknownSyscall,
    Entry_UserLevelFault,
    Entry_DebugFault,
    Entry_VMFault,
    Entry_Syscall,
    Entry_VMExit,
} entry_type_t;

__extension__ typedef struct SEL4_PACKED kernel_entry {
    seL4_Word path : 3; /* entry_type_t */
    __extension__ union {
        __extension__ struct {
            seL4_Word core : 3;
            seL4_Word word : 26;
        };
        __extension__ struct { /* of a system call */
            seL4_Word syscall_no : 4;
            seL4_Word cap_type : 5;
            seL4_Word is_fastpath : 1;
            seL4_Word invocation_tag : 19;
        };
    };
} kernel_entry_t;
#endif

#ifdef CONFIG_BENCHMARK_TRACK_KERNEL_ENTRIES
typedef struct benchmark_syscall_log_entry {
    uint64_t start_time;
    uint32_t duration;
    kernel_entry_t entry;
} benchmark_track_kernel_entry_t;
#endif
