/*
 * SEL4UX_FLAGS: the words of `sel4ux run` that make sense for a program that is its own machine.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "hosted/hosted.h"
#include "machine/boot.h"

enum {
    FLAG_MEMORY = 1,
    FLAG_TIME,
    FLAG_SEED,
    FLAG_LOG,
    FLAG_TRACE,
    FLAG_QUIET,
    FLAG_HOST,
    FLAG_FIXED
};

static const struct arg_flag flags[] = {
    {"mem", 'm', true, FLAG_MEMORY},   {"time", 0, true, FLAG_TIME},
    {"seed", 0, true, FLAG_SEED},      {"log", 'l', true, FLAG_LOG},
    {"trace", 0, true, FLAG_TRACE},    {"quiet", 'q', false, FLAG_QUIET},
    {"config", 'c', true, FLAG_FIXED}, {"set", 's', true, FLAG_FIXED},
    {"engine", 'e', true, FLAG_FIXED}, {"host", 0, true, FLAG_HOST},
};

#define MAX_WORDS 64

static int take_memory(struct run_options *options, const char *text, struct error *err)
{
    unsigned long long bytes = 0;

    if (parse_size(text, &bytes) != 0 || bytes < MACHINE_MIN_RAM || bytes > MACHINE_MAX_RAM / 2 ||
        bytes % 4096 != 0) {
        error_set(err, "--mem %.40s: must be a size between 16M and 32G, such as 512M", text);
        return -EINVAL;
    }
    options->memory = bytes;
    return 0;
}

static int take_time(struct run_options *options, const char *text, struct error *err)
{
    options->virtual_time = strcmp(text, "virtual") == 0;
    if (options->virtual_time || strcmp(text, "real") == 0)
        return 0;
    error_set(err, "--time %.40s: must be real or virtual", text);
    return -EINVAL;
}

static int take_seed(struct run_options *options, const char *text, struct error *err)
{
    char *end;

    errno = 0;
    options->seed = strtoull(text, &end, 0);
    if (isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0)
        return 0;
    error_set(err, "--seed %.40s: must be a number from 0 to 2^64 - 1", text);
    return -EINVAL;
}

static int take_host(struct run_options *options, const char *text, struct error *err)
{
    static struct hostio_grants grants;

    options->grants = &grants;
    return hostio_spec_add(&grants, text, err);
}

static int take(struct run_options *options, int id, const char *value, struct error *err)
{
    switch (id) {
    case FLAG_MEMORY:
        return take_memory(options, value, err);
    case FLAG_TIME:
        return take_time(options, value, err);
    case FLAG_SEED:
        return take_seed(options, value, err);
    case FLAG_LOG:
        options->log = value;
        return 0;
    case FLAG_TRACE:
        options->trace = value;
        return 0;
    case FLAG_QUIET:
        options->quiet = true;
        return 0;
    case FLAG_HOST:
        return take_host(options, value, err);
    case FLAG_FIXED:
        error_set(err, "the kernel of a hosted program is chosen when it is compiled");
        return -EINVAL;
    case ARG_WORD:
        error_set(err, "'%.40s': a hosted program has no image to name", value);
        return -EINVAL;
    default: /* ARG_BAD: has said what it is */
        return -EINVAL;
    }
}

/* `copy` is what the values go on pointing into. */
static int take_words(struct run_options *options, char *copy, struct error *err)
{
    char *words[MAX_WORDS] = {"SEL4UX_FLAGS"}, *rest;
    struct args args;
    int count = 1, id, status = 0;

    for (char *w = strtok_r(copy, " \t\n", &rest); w != NULL && count < MAX_WORDS;
         w = strtok_r(NULL, " \t\n", &rest))
        words[count++] = w;
    args_init(&args, flags, sizeof flags / sizeof flags[0], count, words);
    while (status == 0 && (id = args_next(&args, err)) != ARG_END)
        status = take(options, id, args.value, err);
    return status;
}

int options_take(struct run_options *options, const char *text, struct error *err)
{
    char *copy;
    int status;

    if (text == NULL)
        return 0;
    copy = strdup(text);
    if (copy == NULL)
        return error_errno(err, ENOMEM, "can't read the options");
    status = take_words(options, copy, err);
    if (options->log == NULL && options->trace == NULL)
        free(copy);
    if (status == 0 && options->seed != 0 && !options->virtual_time) {
        error_set(err, "--seed varies virtual time: it needs --time virtual");
        status = -EINVAL;
    }
    return status;
}
