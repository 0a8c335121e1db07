/*
 * Invocation labels as the image's own build counted them (invocations_all.json: one object that
 * maps names to numbers). They win over computed ones, since another version of seL4 may have
 * other invocations; they must agree with the configuration in what that decides.
 */
#include "loader/config.h"

#include <errno.h>
#include <string.h>

#include "loader/json.h"

static int add_label(struct abi *abi, const cJSON *item, size_t *unknown, struct error *err)
{
    enum abi_invocation invocation;
    double number;
    int label;

    if (!cJSON_IsNumber(item)) {
        error_set(err, "%s is %s, but a label must be a number; build the system again",
                  item->string, json_kind(item));
        return -EINVAL;
    }
    number = cJSON_GetNumberValue(item);
    if (!(number >= 1 && number < ABI_MAX_LABEL) || number != (double)(int)number) {
        error_set(err, "%s has label %.17g, but labels are whole numbers from 1 to %d",
                  item->string, number, ABI_MAX_LABEL - 1);
        return -EINVAL;
    }
    label = (int)number;
    invocation = abi_invocation_by_name(item->string);
    if (invocation == INV_INVALID) {
        ++*unknown;
        return 0;
    }
    if (abi->invocation[label] != INV_INVALID) {
        error_set(err, "%s and %s share label %d; build the system again",
                  abi_invocation_name(abi->invocation[label]), item->string, label);
        return -EINVAL;
    }
    abi->invocation[label] = (uint8_t)invocation;
    return 0;
}

static bool has(const struct abi *abi, enum abi_invocation invocation)
{
    return memchr(abi->invocation, (int)invocation, sizeof(abi->invocation)) != NULL;
}

static int check_agreement(const struct abi *abi, const struct kernel_config *config,
                           struct error *err)
{
    const struct {
        const char *option;
        bool wanted;
        enum abi_invocation invocation;
    } witness[] = {
        {"KERNEL_MCS", config->mcs, INV_SCHED_CONTEXT_BIND},
        {"HARDWARE_DEBUG_API", config->hardware_debug_api, INV_TCB_SET_BREAKPOINT},
        {"IOMMU", config->iommu, INV_X86_IO_PAGE_TABLE_MAP},
    };

    for (size_t i = 0; i < sizeof(witness) / sizeof(witness[0]); i++) {
        if (has(abi, witness[i].invocation) != witness[i].wanted) {
            error_set(err, "contradicts %s=%s: it has %s%s; take both files from the same build",
                      witness[i].option, witness[i].wanted ? "true" : "false",
                      witness[i].wanted ? "no " : "", abi_invocation_name(witness[i].invocation));
            return -EINVAL;
        }
    }
    return 0;
}

int labels_parse(struct abi *abi, const struct kernel_config *config, const void *text, size_t size,
                 size_t *unknown, struct error *err)
{
    struct abi result = *abi;
    const cJSON *item;
    cJSON *json;
    int r;

    *unknown = 0;
    r = json_parse_object(text, size, &json, err);
    if (r) {
        return r;
    }
    memset(result.invocation, INV_INVALID, sizeof(result.invocation));
    cJSON_ArrayForEach(item, json)
    {
        r = add_label(&result, item, unknown, err);
        if (r) {
            break;
        }
    }
    cJSON_Delete(json);
    if (!r) {
        r = check_agreement(&result, config, err);
    }
    if (!r) {
        *abi = result;
    }
    return r;
}
