/*
 * The kernel that a hosted program was compiled for, as its machine needs to know it. Compiled once
 * for each configuration, with that configuration's libsel4 headers, and linked beside the library.
 */
#include <sel4/config.h>

#include "abi/config.h"

/* IS_ON(CONFIG_X): true when it is defined as 1. */
#define SECOND(first, second, ...) second
#define FIRST_IF_1                 , true
#define IS_ON(option)              IS_ON_VALUE(option)
#define IS_ON_VALUE(value)         IS_ON_PLACE(FIRST_IF_##value)
#define IS_ON_PLACE(place)         SECOND(place, false, false)

/* What only one kind of kernel has; the other kind does not look at it. */
#ifndef CONFIG_TIMER_TICK_MS
#define CONFIG_TIMER_TICK_MS 2
#define CONFIG_TIME_SLICE    5
#endif
#ifndef CONFIG_BOOT_THREAD_TIME_SLICE
#define CONFIG_BOOT_THREAD_TIME_SLICE 5
#endif
#ifndef CONFIG_KERNEL_WCET_SCALE
#define CONFIG_KERNEL_WCET_SCALE 1
#endif
#ifndef CONFIG_KERNEL_STATIC_MAX_PERIOD_US
#define CONFIG_KERNEL_STATIC_MAX_PERIOD_US 0
#endif
#ifndef CONFIG_USER_STACK_TRACE_LENGTH
#define CONFIG_USER_STACK_TRACE_LENGTH 0
#endif

extern const struct kernel_config sel4ux_configuration;

const struct kernel_config sel4ux_configuration = {
    .mcs = IS_ON(CONFIG_KERNEL_MCS),
    .debug = IS_ON(CONFIG_DEBUG_BUILD),
    .printing = IS_ON(CONFIG_PRINTING),
    .set_tls_base_self = IS_ON(CONFIG_SET_TLS_BASE_SELF),
    .hardware_debug_api = IS_ON(CONFIG_HARDWARE_DEBUG_API),
    .dangerous_msr = IS_ON(CONFIG_KERNEL_X86_DANGEROUS_MSR),
    .dangerous_code_injection = IS_ON(CONFIG_DANGEROUS_CODE_INJECTION),
    .benchmarks = IS_ON(CONFIG_ENABLE_BENCHMARKS),
    .track_utilisation = IS_ON(CONFIG_BENCHMARK_TRACK_UTILISATION),
    .iommu = IS_ON(CONFIG_IOMMU),
    .vtx = IS_ON(CONFIG_VTX),
    .vtx_64bit_guests = IS_ON(CONFIG_X86_64_VTX_64BIT_GUESTS),
    .irq_pic = IS_ON(CONFIG_IRQ_PIC),
    .huge_page = IS_ON(CONFIG_HUGE_PAGE),
    .xsave = IS_ON(CONFIG_XSAVE),
    .xsave_size = CONFIG_XSAVE_SIZE,
    .xsave_feature_set = CONFIG_XSAVE_FEATURE_SET,
    .root_cnode_bits = CONFIG_ROOT_CNODE_SIZE_BITS,
    .num_priorities = CONFIG_NUM_PRIORITIES,
    .num_domains = CONFIG_NUM_DOMAINS,
    .num_domain_schedules = CONFIG_NUM_DOMAIN_SCHEDULES,
    .num_nodes = CONFIG_MAX_NUM_NODES,
    .timer_tick_ms = CONFIG_TIMER_TICK_MS,
    .time_slice = CONFIG_TIME_SLICE,
    .boot_time_slice_ms = CONFIG_BOOT_THREAD_TIME_SLICE,
    .wcet_scale = CONFIG_KERNEL_WCET_SCALE,
    .max_period_us = CONFIG_KERNEL_STATIC_MAX_PERIOD_US,
    .retype_fan_out = CONFIG_RETYPE_FAN_OUT_LIMIT,
    .max_work_units = CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION,
    .reset_chunk_bits = CONFIG_RESET_CHUNK_BITS,
    .max_untyped_caps = CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS,
    .stack_trace_length = CONFIG_USER_STACK_TRACE_LENGTH,
};
