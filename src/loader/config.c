/*
 * gen_config.json is one object: booleans, and numbers written as strings. Only what sel4ux needs
 * is read; but what would make its machine another one than the kernel's is refused, not ignored.
 */
#include "loader/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/discover.h"
#include "loader/file.h"
#include "loader/json.h"

/* ------------------------------------------------------------------ what must hold */

/* Options with only one value that sel4ux can stand in for. */
static const struct {
    const char *key, *value, *advice;
} required[] = {
    {"SEL4_ARCH", "x86_64", "sel4ux runs x86_64 systems; configure the build for x86_64"},
    {"ARCH", "x86", "contradicts SEL4_ARCH=x86_64; build the system again"},
    {"WORD_SIZE", "64", "contradicts SEL4_ARCH=x86_64; build the system again"},
    {"ARCH_X86_64", "true", "contradicts SEL4_ARCH=x86_64; build the system again"},
    {"ARCH_IA32", "false", "contradicts SEL4_ARCH=x86_64; build the system again"},
    {"PLAT", "pc99", "sel4ux's machine is a pc99; configure the build for pc99"},
    {"SYSENTER", "false", "configure the kernel with KernelX86Syscall=syscall"},
    {"KERNEL_LOG_BUFFER", "false",
     "seL4's kernel for x86_64 has no log; configure with KernelBenchmarks=none, generic or "
     "track_utilisation"},
};

/* Options that exclude each other. */
static const char *const exclusive[][2] = {
    {"XSAVE", "FXSAVE"},
    {"ENABLE_BENCHMARKS", "NO_BENCHMARKS"},
};

static const char *text_of(const cJSON *item)
{
    if (cJSON_IsString(item)) {
        return cJSON_GetStringValue(item);
    }
    return json_kind(item);
}

static int check_required(const cJSON *json, struct error *err)
{
    if (!cJSON_GetObjectItemCaseSensitive(json, "SEL4_ARCH")) {
        error_set(err, "has no SEL4_ARCH, so it is not a kernel's configuration; give the build's "
                       "kernel/gen_config/kernel/gen_config.json with --config");
        return -EINVAL;
    }
    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, required[i].key);

        if (item && strcmp(text_of(item), required[i].value) != 0) {
            error_set(err, "%s is %.64s instead of %s: %s", required[i].key, text_of(item),
                      required[i].value, required[i].advice);
            return -EINVAL;
        }
    }
    for (size_t i = 0; i < sizeof(exclusive) / sizeof(exclusive[0]); i++) {
        if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, exclusive[i][0])) &&
            cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, exclusive[i][1]))) {
            error_set(err, "is contradictory: %s and %s are both true; build the system again",
                      exclusive[i][0], exclusive[i][1]);
            return -EINVAL;
        }
    }
    return 0;
}

/* ------------------------------------------------------------------ the file */

static int read_option(struct kernel_config *config, size_t i, const cJSON *item, struct error *err)
{
    char digits[32];

    if (option_is_boolean(i)) {
        if (!cJSON_IsBool(item)) {
            error_set(err, "%s is %s instead of true or false", option_name(i), json_kind(item));
            return -EINVAL;
        }
        option_set_boolean(config, i, cJSON_IsTrue(item));
        return 0;
    }
    if (cJSON_IsString(item)) {
        return option_parse(config, i, cJSON_GetStringValue(item), err);
    }
    if (cJSON_IsNumber(item)) {
        snprintf(digits, sizeof(digits), "%.17g", cJSON_GetNumberValue(item));
        return option_parse(config, i, digits, err);
    }
    error_set(err, "%s is %s instead of a number", option_name(i), json_kind(item));
    return -EINVAL;
}

static int read_options(struct kernel_config *config, struct config_origin *origin,
                        const cJSON *json, struct error *err)
{
    int r = check_required(json, err);

    for (size_t i = 0; !r && i < OPTION_COUNT; i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, option_name(i));

        if (item) {
            origin->source[i] = CONFIG_FILE;
            r = read_option(config, i, item, err);
        } else if (option_is_boolean(i)) {
            origin->source[i] = CONFIG_ABSENT;
            option_set_boolean(config, i, false);
        }
    }
    return r;
}

int config_parse(struct kernel_config *config, struct config_origin *origin, const void *text,
                 size_t size, struct error *err)
{
    cJSON *json;
    int r;

    options_default(config);
    memset(origin->source, 0, sizeof(origin->source));
    r = json_parse_object(text, size, &json, err);
    if (!r) {
        r = read_options(config, origin, json, err);
    }
    cJSON_Delete(json);
    return r;
}

static int load_file(struct kernel_config *config, struct config_origin *origin, struct error *err)
{
    cJSON *json;
    int r = json_read_file(origin->path, &json, err);

    if (!r) {
        r = read_options(config, origin, json, err);
        if (r) {
            error_wrap(err, "%s", origin->path);
        }
    }
    cJSON_Delete(json);
    return r;
}

static int load_carried(struct kernel_config *config, struct config_origin *origin,
                        const struct config_request *request, struct error *err)
{
    int r;

    r = config_parse(config, origin, request->carried, request->carried_size, err);
    origin->carried = true;
    if (r) {
        error_wrap(err, "the configuration that the program carries");
    }
    return r;
}

static int find_file(struct config_origin *origin, const struct config_request *request,
                     struct error *err)
{
    if (!request->config_path) {
        if (request->carried || !request->image_path ||
            !discover_config(request->image_path, origin->path, sizeof(origin->path))) {
            origin->path[0] = 0;
        }
        return 0;
    }
    if (strlen(request->config_path) >= sizeof(origin->path)) {
        error_set(err, "the path of --config is too long");
        return -ENAMETOOLONG;
    }
    if (!request->config_path[0]) {
        error_set(err, "--config needs the name of a file");
        return -EINVAL;
    }
    origin->given = true;
    if (file_is_folder(request->config_path)) {
        if (!discover_config_in(request->config_path, origin->path, sizeof(origin->path))) {
            error_set(err,
                      "--config %s: no kernel/gen_config/kernel/gen_config.json in this folder",
                      request->config_path);
            return -ENOENT;
        }
        return 0;
    }
    strcpy(origin->path, request->config_path);
    return 0;
}

/* ------------------------------------------------------------------ --set */

static int apply_set(struct kernel_config *config, struct config_origin *origin, const char *set,
                     struct error *err)
{
    const char *equals = strchr(set, '='), *nearest = NULL;
    char key[64];
    size_t i;
    int r;

    if (!equals || equals == set) {
        error_set(err, "--set %.80s: must be KEY=VALUE, such as KERNEL_MCS=true", set);
        return -EINVAL;
    }
    snprintf(key, sizeof(key), "%.*s", (int)(equals - set < 63 ? equals - set : 63), set);
    i = option_find(key, &nearest);
    if (i == OPTION_COUNT) {
        error_set(err, "--set %s: no such option%s%s%s; 'sel4ux run --help' lists them", key,
                  nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "");
        return -EINVAL;
    }
    r = option_parse(config, i, equals + 1, err);
    if (r) {
        error_wrap(err, "--set");
        return r;
    }
    origin->source[i] = CONFIG_SET;
    return 0;
}

/* ------------------------------------------------------------------ labels */

/*
 * The build's labels hold for the build's configuration. When --set makes another kernel of it,
 * whose computed labels differ, the file would be about the wrong kernel.
 */
static int load_labels(struct abi *abi, const struct kernel_config *config,
                       const struct abi *before_set, struct config_origin *origin,
                       struct error *err)
{
    uint8_t *text;
    size_t size;
    int r;

    if (!origin->path[0] ||
        !discover_labels(origin->path, origin->labels_path, sizeof(origin->labels_path))) {
        origin->labels_path[0] = 0;
        return 0;
    }
    if (memcmp(abi->invocation, before_set->invocation, sizeof(abi->invocation)) != 0) {
        origin->labels = LABELS_OVERRIDDEN;
        return 0;
    }
    origin->labels = LABELS_FROM_FILE;
    r = file_read(origin->labels_path, 1u << 20, &text, &size, err);
    if (!r) {
        r = labels_parse(abi, config, text, size, &origin->labels_unknown, err);
        free(text);
    }
    if (r) {
        error_wrap(err, "%s", origin->labels_path);
    }
    return r;
}

int config_load(struct kernel_config *config, struct abi *abi, struct config_origin *origin,
                const struct config_request *request, struct error *err)
{
    struct abi before_set;
    int r;

    memset(origin, 0, sizeof(*origin));
    options_default(config);
    r = find_file(origin, request, err);
    if (!r && origin->path[0]) {
        r = load_file(config, origin, err);
    } else if (!r && request->carried) {
        r = load_carried(config, origin, request, err);
    }
    if (r) {
        return r;
    }
    abi_init(&before_set, config);
    for (size_t i = 0; i < request->set_count; i++) {
        r = apply_set(config, origin, request->set[i], err);
        if (r) {
            return r;
        }
    }
    r = options_check(config, err);
    if (r) {
        if (request->set_count == 0) {
            error_wrap(err, "%s",
                       origin->carried ? "the configuration that the program carries"
                                       : origin->path);
        }
        return r;
    }
    abi_init(abi, config);
    return load_labels(abi, config, &before_set, origin, err);
}
