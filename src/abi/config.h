/*
 * The configuration of the seL4 kernel that a machine stands for.
 *
 * One binary serves images of every configuration, so what upstream decides with CONFIG_* macros
 * is a value here. The loader fills it from a build tree's gen_config.json; the kernel model and
 * the machine read it and never change it. Pointer-free: it lives in memory that processes share.
 */
#ifndef SEL4UX_ABI_CONFIG_H
#define SEL4UX_ABI_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

/* Most domains, and entries of the domain schedule, that the kernel model has room for. */
#define CONFIG_MAX_DOMAINS          256
#define CONFIG_MAX_DOMAIN_SCHEDULES 256

struct kernel_config {
    bool mcs;                      /* KERNEL_MCS */
    bool debug;                    /* DEBUG_BUILD: the seL4_Debug* system calls exist */
    bool printing;                 /* PRINTING: DebugPutChar exists and faults are reported */
    bool set_tls_base_self;        /* SET_TLS_BASE_SELF: the SetTLSBase system call exists */
    bool hardware_debug_api;       /* HARDWARE_DEBUG_API: TCB breakpoint invocations exist */
    bool dangerous_msr;            /* KERNEL_X86_DANGEROUS_MSR */
    bool dangerous_code_injection; /* DANGEROUS_CODE_INJECTION: DebugRun */
    bool benchmarks;               /* ENABLE_BENCHMARKS: BenchmarkNullSyscall and its kin */
    bool track_utilisation;        /* BENCHMARK_TRACK_UTILISATION */
    bool iommu;                    /* IOMMU: the IOSpace cap and object exist */
    bool vtx;                      /* VTX: EPT and VCPU labels and object types exist */
    bool vtx_64bit_guests;         /* X86_64_VTX_64BIT_GUESTS: VCPU MSR labels exist */
    bool irq_pic;                  /* IRQ_PIC: the old controllers instead of the IOAPIC */
    bool huge_page;                /* HUGE_PAGE: 1 GiB frames */
    bool xsave;                    /* XSAVE rather than FXSAVE */
    uint32_t xsave_size;           /* XSAVE_SIZE, bytes */
    uint64_t xsave_feature_set;    /* XSAVE_FEATURE_SET, as XCR0 */
    uint32_t root_cnode_bits;      /* ROOT_CNODE_SIZE_BITS, log2 slots */
    uint32_t num_priorities;       /* NUM_PRIORITIES */
    uint32_t num_domains;          /* NUM_DOMAINS */
    uint32_t num_domain_schedules; /* NUM_DOMAIN_SCHEDULES */
    uint32_t num_nodes;            /* MAX_NUM_NODES; one is there */
    uint32_t timer_tick_ms;        /* TIMER_TICK_MS, without MCS */
    uint32_t time_slice;           /* TIME_SLICE in ticks, without MCS */
    uint32_t boot_time_slice_ms;   /* BOOT_THREAD_TIME_SLICE, with MCS */
    uint32_t wcet_scale;           /* KERNEL_WCET_SCALE, with MCS: of what an entry may take */
    uint64_t max_period_us;        /* KERNEL_STATIC_MAX_PERIOD_US, with MCS; 0: from the clock */
    uint32_t retype_fan_out;       /* RETYPE_FAN_OUT_LIMIT */
    uint32_t max_work_units;       /* MAX_NUM_WORK_UNITS_PER_PREEMPTION */
    uint32_t reset_chunk_bits;     /* RESET_CHUNK_BITS */
    uint32_t max_untyped_caps;     /* MAX_NUM_BOOTINFO_UNTYPED_CAPS */
    uint32_t stack_trace_length;   /* USER_STACK_TRACE_LENGTH */
};

#endif
