/*
 * sel4ux run IMAGE: reads the arguments, checks the input, and hands over to the monitor.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/image_args.h"
#include "cli/run.h"
#include "engine/engine.h"
#include "hostio/spec.h"
#include "loader/discover.h"
#include "monitor/monitor.h"

enum run_flag {
    FLAG_ENGINE = FLAG_OWN,
    FLAG_TIMEOUT,
    FLAG_EXIT_ON,
    FLAG_QUIET,
    FLAG_TIME,
    FLAG_SEED,
    FLAG_LOG,
    FLAG_SAVE,
    FLAG_GDB,
    FLAG_SYMBOLS,
    FLAG_TRACE,
    FLAG_HOST
};

static const struct arg_flag flags[] = {
    IMAGE_FLAGS,
    {"engine", 'e', true, FLAG_ENGINE},
    {"timeout", 't', true, FLAG_TIMEOUT},
    {"exit-on", 0, true, FLAG_EXIT_ON},
    {"quiet", 'q', false, FLAG_QUIET},
    {"time", 0, true, FLAG_TIME},
    {"seed", 0, true, FLAG_SEED},
    {"log", 'l', true, FLAG_LOG},
    {"save", 0, true, FLAG_SAVE},
    {"gdb", 'g', true, FLAG_GDB},
    {"symbols", 0, true, FLAG_SYMBOLS},
    {"trace", 0, true, FLAG_TRACE},
    {"host", 0, true, FLAG_HOST},
};

#define MAX_ENGINES 8

static int take_engine(struct run_options *options, const char *name, struct error *err)
{
    const char *names[MAX_ENGINES];
    size_t count = 0, nearest;

    for (; count < MAX_ENGINES && engines[count]; count++) {
        names[count] = engines[count]->name;
        if (!strcmp(name, names[count])) {
            options->engine = names[count];
            return 0;
        }
    }
    nearest = nearest_name(name, names, count);
    if (nearest < count) {
        error_set(err, "--engine %.40s: no such engine; did you mean %s?", name, names[nearest]);
    } else {
        error_set(err, "--engine %.40s: no such engine; 'sel4ux run --help' lists them", name);
    }
    return -EINVAL;
}

static int take_exit_on(struct run_options *options, const char *text, struct error *err)
{
    if (!text[0] || strpbrk(text, "\r\n")) {
        error_set(err, "--exit-on needs a text that a line of output can contain");
        return -EINVAL;
    }
    options->exit_on = text;
    return 0;
}

static int take_time(struct run_options *options, const char *value, struct error *err)
{
    options->virtual_time = !strcmp(value, "virtual");
    if (!options->virtual_time && strcmp(value, "real")) {
        error_set(err, "--time %.40s: must be real or virtual", value);
        return -EINVAL;
    }
    return 0;
}

static int take_seed(struct run_options *options, const char *value, struct error *err)
{
    char *end;

    errno = 0;
    options->seed = strtoull(value, &end, 0);
    if (!isdigit((unsigned char)value[0]) || *end || errno) {
        error_set(err, "--seed %.40s: must be a number from 0 to 2^64 - 1", value);
        return -EINVAL;
    }
    return 0;
}

/* `option` names a file to write. */
static int take_file(const char **file, const char *option, const char *path, struct error *err)
{
    if (!path[0]) {
        error_set(err, "--%s needs the name of a file to write", option);
        return -EINVAL;
    }
    *file = path;
    return 0;
}

static int take_symbols(struct run_options *options, const char *folder, struct error *err)
{
    struct stat status;

    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode)) {
        error_set(err, "--symbols %.200s: must be a folder with ELF files", folder);
        return -EINVAL;
    }
    options->symbols[options->symbol_count++] = folder;
    return 0;
}

static int take_host(struct run_options *options, const char *text, struct error *err)
{
    static struct hostio_grants grants;

    options->grants = &grants;
    return hostio_spec_add(&grants, text, err);
}

static int take_flag(struct run_options *options, struct image_args *image, int id,
                     const char *value, struct error *err)
{
    switch (id) {
    case FLAG_ENGINE:
        return take_engine(options, value, err);
    case FLAG_TIMEOUT:
        if (parse_seconds(value, &options->timeout_s)) {
            error_set(err, "--timeout %.40s: must be seconds, such as 10 or 0.5", value);
            return -EINVAL;
        }
        return 0;
    case FLAG_EXIT_ON:
        return take_exit_on(options, value, err);
    case FLAG_QUIET:
        options->quiet = true;
        return 0;
    case FLAG_TIME:
        return take_time(options, value, err);
    case FLAG_SEED:
        return take_seed(options, value, err);
    case FLAG_LOG:
        return take_file(&options->log, "log", value, err);
    case FLAG_SAVE:
        return take_file(&options->save, "save", value, err);
    case FLAG_GDB:
        options->gdb = value;
        return 0;
    case FLAG_SYMBOLS:
        return take_symbols(options, value, err);
    case FLAG_TRACE:
        return take_file(&options->trace, "trace", value, err);
    case FLAG_HOST:
        return take_host(options, value, err);
    default:
        return image_args_take(image, id, value, err);
    }
}

/* The image's and the guest's faults are input errors, everything else is the host's. */
static int exit_code(int result)
{
    if (result >= 0) {
        return result;
    }
    return result == -EINVAL || result == -ENOSPC || result == -ENOEXEC ? EXIT_USAGE : EXIT_FAILED;
}

/* An image from another build's folder has most likely lost sight of its kernel's configuration. */
static void warn_of_default(const struct log *log, const struct image_args *args,
                            const struct config_origin *origin)
{
    if (origin->path[0] || origin->carried || args->set_count || !discover_kernel(args->path)) {
        return;
    }
    log_warning(log,
                "no gen_config.json found near %s: it runs as on a debug kernel without MCS; give "
                "its build folder with --config",
                args->path);
}

static int load_and_run(struct cli *cli, const char *command, run_starter *start,
                        struct run_options *options, const struct image_args *args,
                        struct error *err)
{
    struct image_setup *setup = calloc(1, sizeof(*setup));
    int code = EXIT_USAGE;

    if (!setup) {
        error_errno(err, ENOMEM, "cannot load the image");
        return -ENOMEM;
    }
    if (image_setup_load(setup, args, command, err)) {
        code = -EINVAL;
    } else {
        warn_of_default(&cli->log, args, &setup->origin);
        options->image_path = args->path;
        options->memory = args->memory;
        options->config = setup->config;
        options->abi = setup->abi;
        code = start(cli, options, &setup->image, err);
    }
    image_free(&setup->image);
    free(setup);
    return code;
}

/* The id that ended the arguments: ARG_END, ARG_BAD or FLAG_HELP. */
static int read_arguments(struct run_options *options, struct image_args *image, int argc,
                          char **argv, struct error *err)
{
    struct args args;
    int id;

    args_init(&args, flags, sizeof(flags) / sizeof(flags[0]), argc, argv);
    while ((id = args_next(&args, err)) != ARG_END) {
        if (id == ARG_BAD || id == FLAG_HELP) {
            return id;
        }
        if (take_flag(options, image, id, args.value, err)) {
            return ARG_BAD;
        }
    }
    if (options->seed && !options->virtual_time) {
        error_set(err, "--seed varies virtual time: it needs --time virtual");
        return ARG_BAD;
    }
    return ARG_END;
}

int run_command(struct cli *cli, const char *command, int argc, char **argv, run_starter *start)
{
    struct run_options options = {.engine = engines[0]->name, .gdb_listener = -1};
    struct image_args image;
    struct error err = {{0}};
    int id, result;

    options.symbols = calloc((size_t)argc + 1, sizeof(*options.symbols));
    result = image_args_init(&image, argc, &err);
    if (!result && !options.symbols) {
        result = error_errno(&err, ENOMEM, "cannot read the arguments");
    }
    if (!result) {
        id = read_arguments(&options, &image, argc, argv, &err);
        if (id == FLAG_HELP) {
            help_print(stdout, command);
            result = cli_finish_output(cli);
        } else {
            result =
                id == ARG_BAD ? -EINVAL : load_and_run(cli, command, start, &options, &image, &err);
        }
    }
    image_args_free(&image);
    free(options.symbols);
    if (result < 0) {
        log_error(&cli->log, "%s", err.message);
    }
    return exit_code(result);
}

static int start_machine(struct cli *cli, struct run_options *options, const struct image *image,
                         struct error *err)
{
    (void)cli;
    return machine_run(options, image, err);
}

int cmd_run(struct cli *cli, int argc, char **argv)
{
    return run_command(cli, "run", argc, argv, start_machine);
}
