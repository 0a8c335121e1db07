/*
 * Deciding which seL4 kernel a machine stands for, and remembering why.
 *
 * In this order, later ones winning option by option:
 *   1. the documented default (options_default());
 *   2. one gen_config.json: the one of --config, else the one that the program carries (note.h),
 * else the first that a search near the image finds;
 *   3. every --set KEY=VALUE, in order.
 * The ABI's numbers follow from the result; the build's own invocations_all.json, when it lies in
 * its place near that gen_config.json, then replaces the invocation labels.
 */
#ifndef SEL4UX_LOADER_CONFIG_H
#define SEL4UX_LOADER_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "abi/abi.h"
#include "base/error.h"
#include "loader/options.h"

struct config_request {
    const char *image_path;  /* where the search starts; NULL: no search */
    const char *config_path; /* NULL: not given */
    const char *carried;     /* text that the program carries; NULL: none */
    size_t carried_size;
    const char *const *set; /* KEY=VALUE each */
    size_t set_count;
};

enum config_source {
    CONFIG_DEFAULT, /* nothing said otherwise */
    CONFIG_ABSENT,  /* a boolean that the file does not mention: the kernel has no such option */
    CONFIG_FILE,
    CONFIG_SET,
};

enum config_labels {
    LABELS_COMPUTED,   /* no invocations_all.json found */
    LABELS_FROM_FILE,  /* taken from `labels_path` */
    LABELS_OVERRIDDEN, /* `labels_path` found, but --set changed what labels follow from */
};

struct config_origin {
    char path[PATH_MAX]; /* the gen_config.json that was read; empty: none */
    bool given;          /* by --config, rather than found */
    bool carried;        /* by the program itself, and `path` is empty */
    enum config_source source[OPTION_COUNT];
    enum config_labels labels;
    char labels_path[PATH_MAX];
    size_t labels_unknown; /* invocations of the file that sel4ux does not know */
};

/*
 * Fills *config, *abi and *origin. Returns 0, or -errno with one line in *err. Every failure is
 * the fault of an option or a file that a person gave.
 */
int config_load(struct kernel_config *config, struct abi *abi, struct config_origin *origin,
                const struct config_request *request, struct error *err);

/* Step 2 on text instead of a file: for tests and fuzzing. */
int config_parse(struct kernel_config *config, struct config_origin *origin, const void *text,
                 size_t size, struct error *err);

/* The label step on text instead of a file. `abi` is unchanged when it fails. */
int labels_parse(struct abi *abi, const struct kernel_config *config, const void *text, size_t size,
                 size_t *unknown, struct error *err);

#endif
