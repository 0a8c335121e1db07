/*
 * One table describes every option; reading, printing and range checks follow from it. What
 * involves two options at once is options_check().
 *
 * Upper limits are upstream's where it has them, else what the kernel model has room for.
 */
#include "loader/options.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/nearest.h"

enum kind { KIND_BOOLEAN, KIND_U32, KIND_U64 };

struct option {
    const char *name;
    size_t offset; /* in struct kernel_config */
    enum kind kind;
    uint64_t min, max;
};

#define BOOLEAN(name, field)                                                                       \
    {                                                                                              \
        name, offsetof(struct kernel_config, field), KIND_BOOLEAN, 0, 1                            \
    }
#define U32(name, field, min, max)                                                                 \
    {                                                                                              \
        name, offsetof(struct kernel_config, field), KIND_U32, min, max                            \
    }
#define U64(name, field, min, max)                                                                 \
    {                                                                                              \
        name, offsetof(struct kernel_config, field), KIND_U64, min, max                            \
    }

static const struct option option_table[] = {
    BOOLEAN("KERNEL_MCS", mcs),
    BOOLEAN("DEBUG_BUILD", debug),
    BOOLEAN("PRINTING", printing),
    BOOLEAN("SET_TLS_BASE_SELF", set_tls_base_self),
    BOOLEAN("HARDWARE_DEBUG_API", hardware_debug_api),
    BOOLEAN("KERNEL_X86_DANGEROUS_MSR", dangerous_msr),
    BOOLEAN("DANGEROUS_CODE_INJECTION", dangerous_code_injection),
    BOOLEAN("ENABLE_BENCHMARKS", benchmarks),
    BOOLEAN("BENCHMARK_TRACK_UTILISATION", track_utilisation),
    BOOLEAN("IOMMU", iommu),
    BOOLEAN("VTX", vtx),
    BOOLEAN("X86_64_VTX_64BIT_GUESTS", vtx_64bit_guests),
    BOOLEAN("IRQ_PIC", irq_pic),
    BOOLEAN("HUGE_PAGE", huge_page),
    BOOLEAN("XSAVE", xsave),
    U32("XSAVE_SIZE", xsave_size, 512, 4096),
    U64("XSAVE_FEATURE_SET", xsave_feature_set, 0, UINT64_MAX),
    U32("ROOT_CNODE_SIZE_BITS", root_cnode_bits, 7, 26),
    U32("NUM_PRIORITIES", num_priorities, 1, 256),
    U32("NUM_DOMAINS", num_domains, 1, CONFIG_MAX_DOMAINS),
    U32("NUM_DOMAIN_SCHEDULES", num_domain_schedules, 1, CONFIG_MAX_DOMAIN_SCHEDULES),
    U32("MAX_NUM_NODES", num_nodes, 1, 256),
    U32("TIMER_TICK_MS", timer_tick_ms, 1, 10000),
    U32("TIME_SLICE", time_slice, 1, UINT32_MAX),
    U32("BOOT_THREAD_TIME_SLICE", boot_time_slice_ms, 1, 1000000),
    U32("KERNEL_WCET_SCALE", wcet_scale, 1, 1000000),
    U64("KERNEL_STATIC_MAX_PERIOD_US", max_period_us, 0, UINT64_MAX / 8000),
    U32("RETYPE_FAN_OUT_LIMIT", retype_fan_out, 1, UINT32_MAX),
    U32("MAX_NUM_WORK_UNITS_PER_PREEMPTION", max_work_units, 1, UINT32_MAX),
    U32("RESET_CHUNK_BITS", reset_chunk_bits, 4, 46),
    U32("MAX_NUM_BOOTINFO_UNTYPED_CAPS", max_untyped_caps, 1, 245),
    U32("USER_STACK_TRACE_LENGTH", stack_trace_length, 0, 65536),
};

_Static_assert(sizeof(option_table) / sizeof(option_table[0]) == OPTION_COUNT, "option count");

void options_default(struct kernel_config *config)
{
    *config = (struct kernel_config){
        .debug = true,
        .printing = true,
        .set_tls_base_self = true,
        .huge_page = true,
        .xsave_size = 512,
        .root_cnode_bits = 13,
        .num_priorities = 256,
        .num_domains = 1,
        .num_domain_schedules = 2,
        .num_nodes = 1,
        .timer_tick_ms = 2,
        .time_slice = 5,
        .boot_time_slice_ms = 5,
        .wcet_scale = 1,
        .retype_fan_out = 256,
        .max_work_units = 100,
        .reset_chunk_bits = 8,
        .max_untyped_caps = 230,
        .stack_trace_length = 16,
    };
}

/* ------------------------------------------------------------------ names */

const char *option_name(size_t i)
{
    return option_table[i].name;
}

bool option_is_boolean(size_t i)
{
    return option_table[i].kind == KIND_BOOLEAN;
}

static const char *bare_name(const char *name)
{
    static const char *const prefix[] = {"CONFIG_", "KERNEL_"};

    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(prefix[i]);
        if (!strncasecmp(name, prefix[i], length)) {
            name += length;
        }
    }
    return name;
}

size_t option_find(const char *name, const char **nearest)
{
    const char *names[OPTION_COUNT];

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        names[i] = bare_name(option_table[i].name);
        if (!strcasecmp(names[i], bare_name(name))) {
            return i;
        }
    }
    if (nearest) {
        size_t i = nearest_name(bare_name(name), names, OPTION_COUNT);
        *nearest = i < OPTION_COUNT ? option_table[i].name : NULL;
    }
    return OPTION_COUNT;
}

/* ------------------------------------------------------------------ values */

static void *field_of(struct kernel_config *config, size_t i)
{
    return (char *)config + option_table[i].offset;
}

static uint64_t value_of(const struct kernel_config *config, size_t i)
{
    const char *field = (const char *)config + option_table[i].offset;

    switch (option_table[i].kind) {
    case KIND_BOOLEAN:
        return *(const bool *)field;
    case KIND_U32:
        return *(const uint32_t *)(const void *)field;
    case KIND_U64:
    default:
        return *(const uint64_t *)(const void *)field;
    }
}

void option_set_boolean(struct kernel_config *config, size_t i, bool value)
{
    *(bool *)field_of(config, i) = value;
}

static int parse_boolean(struct kernel_config *config, size_t i, const char *text,
                         struct error *err)
{
    static const char *const word[] = {"false", "true", "off", "on", "no", "yes", "0", "1"};

    for (size_t w = 0; w < sizeof(word) / sizeof(word[0]); w++) {
        if (!strcasecmp(text, word[w])) {
            option_set_boolean(config, i, w % 2);
            return 0;
        }
    }
    error_set(err, "%s=%s: the value must be true or false", option_table[i].name, text);
    return -EINVAL;
}

int option_parse(struct kernel_config *config, size_t i, const char *text, struct error *err)
{
    const struct option *o = &option_table[i];
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    uint64_t value;
    char *end;

    if (o->kind == KIND_BOOLEAN) {
        return parse_boolean(config, i, text, err);
    }
    errno = 0;
    value = strtoull(text, &end, hex ? 16 : 10);
    if (!isdigit((unsigned char)text[0]) || *end || (hex && !isxdigit((unsigned char)text[2]))) {
        error_set(err, "%s=%s: the value must be a number", o->name, text);
        return -EINVAL;
    }
    if (errno || value < o->min || value > o->max) {
        error_set(err, "%s=%s: the value must be between %" PRIu64 " and %" PRIu64, o->name, text,
                  o->min, o->max);
        return -EINVAL;
    }
    if (o->kind == KIND_U64) {
        *(uint64_t *)field_of(config, i) = value;
    } else {
        *(uint32_t *)field_of(config, i) = (uint32_t)value;
    }
    return 0;
}

void option_print(const struct kernel_config *config, size_t i, char text[OPTION_VALUE_SIZE])
{
    uint64_t value = value_of(config, i);

    if (option_is_boolean(i)) {
        snprintf(text, OPTION_VALUE_SIZE, "%s", value ? "true" : "false");
    } else {
        snprintf(text, OPTION_VALUE_SIZE, "%" PRIu64, value);
    }
}

/* ------------------------------------------------------------------ combinations */

#define XSAVE_AVX       4 /* of the feature set; 1 and 2 are x87 and SSE */
#define XSAVE_FEATURES  3
#define XSAVE_SIZE_MIN  576 /* those two and the XSAVE header */
#define XSAVE_SIZE_MAX  832 /* with AVX: what a thread's floating-point area has room for */
#define MCS_MAX_UNTYPED 244 /* boot info is one page and has another slot region with MCS */

static int check_fpu(const struct kernel_config *config, struct error *err)
{
    bool avx = config->xsave && (config->xsave_feature_set & XSAVE_AVX);

    if (config->xsave_size > XSAVE_SIZE_MAX ||
        (config->xsave_feature_set & ~(uint64_t)(XSAVE_FEATURES | XSAVE_AVX))) {
        error_set(err,
                  "XSAVE_SIZE=%" PRIu32 " with XSAVE_FEATURE_SET=%" PRIu64
                  ": only x87, SSE and AVX state (feature set 7, size %d) is supported; configure "
                  "the kernel with KernelFPU=FXSAVE",
                  config->xsave_size, config->xsave_feature_set, XSAVE_SIZE_MAX);
        return -EINVAL;
    }
    if (avx && config->xsave_size < XSAVE_SIZE_MAX) {
        error_set(err,
                  "XSAVE_FEATURE_SET=%" PRIu64 " contradicts XSAVE_SIZE=%" PRIu32
                  ": AVX state takes %d bytes",
                  config->xsave_feature_set, config->xsave_size, XSAVE_SIZE_MAX);
        return -EINVAL;
    }
    if (config->xsave && config->xsave_size < XSAVE_SIZE_MIN) {
        error_set(err,
                  "XSAVE=true contradicts XSAVE_SIZE=%" PRIu32
                  ": set XSAVE_SIZE to %d and XSAVE_FEATURE_SET to %d",
                  config->xsave_size, XSAVE_SIZE_MIN, XSAVE_FEATURES);
        return -EINVAL;
    }
    return 0;
}

int options_check(const struct kernel_config *config, struct error *err)
{
    if (config->num_nodes > 1 && config->num_domains > 1) {
        error_set(err,
                  "MAX_NUM_NODES=%" PRIu32 " contradicts NUM_DOMAINS=%" PRIu32
                  ": a kernel for several CPUs has one domain",
                  config->num_nodes, config->num_domains);
        return -EINVAL;
    }
    if (config->track_utilisation && !config->benchmarks) {
        error_set(err, "BENCHMARK_TRACK_UTILISATION=true contradicts ENABLE_BENCHMARKS=false; set "
                       "both or none");
        return -EINVAL;
    }
    if (config->mcs && config->max_untyped_caps > MCS_MAX_UNTYPED) {
        error_set(err,
                  "MAX_NUM_BOOTINFO_UNTYPED_CAPS=%" PRIu32
                  " does not fit into the boot info page with KERNEL_MCS=true; use at most %d",
                  config->max_untyped_caps, MCS_MAX_UNTYPED);
        return -EINVAL;
    }
    return check_fpu(config, err);
}
