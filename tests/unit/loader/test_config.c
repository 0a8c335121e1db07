/* How a configuration comes about, and what of it reaches struct abi. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/config.h"
#include "loader/discover.h"

static struct kernel_config config;
static struct config_origin origin;
static struct abi abi;
static struct error err;

static int parse(const char *text)
{
    return config_parse(&config, &origin, text, strlen(text), &err);
}

static int labels(const char *text)
{
    size_t unknown;

    return labels_parse(&abi, &config, text, strlen(text), &unknown, &err);
}

static int set(const char *one, const char *two)
{
    const char *sets[] = {one, two};
    const struct config_request request = {.set = sets, .set_count = two ? 2 : 1};

    return config_load(&config, &abi, &origin, &request, &err);
}

/* Every option must reach a field of its own, and come back out of it. */
static void options_do_not_share_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *value = option_is_boolean(i) ? "true" : "7";
        struct kernel_config zero, one;
        char text[OPTION_VALUE_SIZE];

        if (!strcmp(option_name(i), "XSAVE_SIZE")) {
            value = "576";
        }
        memset(&zero, 0, sizeof(zero));
        one = zero;
        assert_int_equal(option_parse(&one, i, value, &err), 0);
        option_print(&one, i, text);
        assert_string_equal(text, value);
        for (size_t j = 0; j < OPTION_COUNT; j++) {
            option_print(&one, j, text);
            assert_true(i == j || !strcmp(text, option_is_boolean(j) ? "false" : "0"));
        }
    }
}

static void option_names_have_optional_prefixes(void **state)
{
    const char *nearest = "unset";

    (void)state;
    assert_string_equal(option_name(option_find("mcs", NULL)), "KERNEL_MCS");
    assert_string_equal(option_name(option_find("CONFIG_KERNEL_MCS", NULL)), "KERNEL_MCS");
    assert_string_equal(option_name(option_find("KERNEL_IOMMU", NULL)), "IOMMU");
    assert_int_equal(option_find("IOMUM", &nearest), OPTION_COUNT);
    assert_string_equal(nearest, "IOMMU");
    assert_int_equal(option_find("", &nearest), OPTION_COUNT);
    assert_null(nearest);
}

static void defaults_are_usable_and_unmarked(void **state)
{
    const struct config_request request = {0};

    (void)state;
    assert_int_equal(config_load(&config, &abi, &origin, &request, &err), 0);
    assert_true(config.debug && config.printing && config.set_tls_base_self && config.huge_page);
    assert_false(config.mcs);
    assert_int_equal(config.root_cnode_bits, 13);
    assert_string_equal(origin.path, "");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        assert_int_equal(origin.source[i], CONFIG_DEFAULT);
    }
    assert_int_equal(abi.invocation[39], INV_X86_PAGE_MAP); /* of that kernel, by its build */
}

static void file_values_are_read(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"SEL4_ARCH\": \"x86_64\", \"KERNEL_MCS\": true, "
                           "\"NUM_DOMAINS\": \"16\", \"TIMER_TICK_MS\": 10}"),
                     0);
    assert_true(config.mcs);
    assert_int_equal(config.num_domains, 16);
    assert_int_equal(config.timer_tick_ms, 10);
    assert_int_equal(origin.source[option_find("NUM_DOMAINS", NULL)], CONFIG_FILE);
    /* what the file leaves out: options are off, quantities keep their default */
    assert_false(config.debug);
    assert_int_equal(origin.source[option_find("DEBUG_BUILD", NULL)], CONFIG_ABSENT);
    assert_int_equal(config.retype_fan_out, 256);
    assert_int_equal(origin.source[option_find("RETYPE_FAN_OUT_LIMIT", NULL)], CONFIG_DEFAULT);
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    assert_int_equal(parse(""), -EINVAL);
    assert_int_equal(parse("{"), -EINVAL);
    assert_int_equal(parse("null"), -EINVAL);
    assert_int_equal(parse("{} {}"), -EINVAL);
    assert_int_equal(parse("{\"KERNEL_MCS\": true}"), -EINVAL);
    assert_int_equal(parse("{\"SEL4_ARCH\": \"riscv64\"}"), -EINVAL);
    assert_int_equal(parse("{\"SEL4_ARCH\": \"x86_64\", \"IOMMU\": \"true\"}"), -EINVAL);
    assert_int_equal(parse("{\"SEL4_ARCH\": \"x86_64\", \"TIME_SLICE\": true}"), -EINVAL);
    assert_int_equal(parse("{\"SEL4_ARCH\": \"x86_64\", \"TIME_SLICE\": 1e10}"), -EINVAL);
    assert_int_equal(parse("{\"SEL4_ARCH\": \"x86_64\"}\n\t "), 0);
}

static void later_sets_win(void **state)
{
    (void)state;
    assert_int_equal(set("TIME_SLICE=3", "CONFIG_TIME_SLICE=4"), 0);
    assert_int_equal(config.time_slice, 4);
    assert_int_equal(origin.source[option_find("TIME_SLICE", NULL)], CONFIG_SET);
    assert_int_equal(set("XSAVE=on", NULL), -EINVAL);
    assert_int_equal(set("XSAVE=on", "XSAVE_SIZE=576"), 0);
    assert_int_equal(set("XSAVE=on", "XSAVE_SIZE=832"), 0);
    assert_int_equal(abi.tcb_bits, 12);
    assert_int_equal(set("XSAVE=on", "XSAVE_SIZE=833"), -EINVAL);
    assert_int_equal(set("ROOT_CNODE_SIZE_BITS=26", "ROOT_CNODE_SIZE_BITS=27"), -EINVAL);
}

static void set_reaches_the_abi(void **state)
{
    (void)state;
    assert_int_equal(set("KERNEL_MCS=true", NULL), 0);
    assert_int_not_equal(abi.invocation[39], INV_X86_PAGE_MAP);
    assert_non_null(memchr(abi.invocation, INV_SCHED_CONTEXT_BIND, sizeof(abi.invocation)));
}

static void labels_replace_all_computed_ones(void **state)
{
    size_t unknown;
    const char *text = "{\"X86PageMap\": 45, \"NewThing\": 46, \"TCBSuspend\": 159}";

    (void)state;
    options_default(&config);
    abi_init(&abi, &config);
    assert_int_equal(labels_parse(&abi, &config, text, strlen(text), &unknown, &err), 0);
    assert_int_equal(unknown, 1);
    assert_int_equal(abi.invocation[45], INV_X86_PAGE_MAP);
    assert_int_equal(abi.invocation[159], INV_TCB_SUSPEND);
    assert_int_equal(abi.invocation[46], INV_INVALID);
    assert_int_equal(abi.invocation[39], INV_INVALID);
    assert_true(abi.syscall[1] == SYS_CALL); /* untouched */
}

static void bad_labels_change_nothing(void **state)
{
    struct abi before;

    (void)state;
    options_default(&config);
    abi_init(&abi, &config);
    before = abi;
    assert_int_equal(labels("{\"TCBSuspend\": 3, \"TCBResume\": 3}"), -EINVAL);
    assert_int_equal(labels("{\"TCBSuspend\": 0}"), -EINVAL);
    assert_int_equal(labels("{\"Whatever\": 160}"), -EINVAL);
    assert_int_equal(labels("{\"TCBSuspend\": null}"), -EINVAL);
    assert_int_equal(labels("{\"SchedContextBind\": 9}"), -EINVAL);
    assert_int_equal(labels("[]"), -EINVAL);
    assert_memory_equal(&abi, &before, sizeof(abi));
}

static void make_file(const char *folder, const char *name, const char *text)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void build_trees_are_discovered(void **state)
{
    char folder[] = "/tmp/sel4ux-test-XXXXXX", image[256], expected[256], found[PATH_MAX];
    char command[300];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(image, sizeof(image), "%s/images/task", folder);
    make_file(folder, "kernel/gen_config/kernel/gen_config.json", "{}");
    make_file(folder, "kernel/generated/invocations_all.json", "{}");
    make_file(folder, "images/task", "");
    assert_true(discover_config(image, found, sizeof(found)));
    snprintf(expected, sizeof(expected), "%s/kernel/gen_config/kernel/gen_config.json", folder);
    assert_string_equal(found, expected);
    assert_true(discover_labels(expected, found, sizeof(found)));
    snprintf(expected, sizeof(expected), "%s/kernel/generated/invocations_all.json", folder);
    assert_string_equal(found, expected);
    assert_false(discover_config("/nonexistent/images/task", found, sizeof(found)));
    assert_false(discover_config(image, found, 8));
    snprintf(command, sizeof(command), "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_do_not_share_fields),
        cmocka_unit_test(option_names_have_optional_prefixes),
        cmocka_unit_test(defaults_are_usable_and_unmarked),
        cmocka_unit_test(file_values_are_read),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(later_sets_win),
        cmocka_unit_test(set_reaches_the_abi),
        cmocka_unit_test(labels_replace_all_computed_ones),
        cmocka_unit_test(bad_labels_change_nothing),
        cmocka_unit_test(build_trees_are_discovered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
