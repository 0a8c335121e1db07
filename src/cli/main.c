/*
 * sel4ux: picks the subcommand.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/cli.h"

static const struct command {
    const char *name;
    int (*run)(struct cli *cli, int argc, char **argv);
} commands[] = {
    {"run", cmd_run},           {"gdb", cmd_gdb},       {"info", cmd_info},
    {"inspect", cmd_inspect},   {"report", cmd_report}, {"help", cmd_help},
    {"version", cmd_version},   {"--help", cmd_help},   {"-h", cmd_help},
    {"--version", cmd_version}, {"-V", cmd_version},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static int unknown_command(struct cli *cli, const char *word)
{
    const char *names[COMMAND_COUNT];
    struct stat st;
    size_t nearest;

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
    }
    nearest = nearest_name(word, names, COMMAND_COUNT);
    if (nearest < COMMAND_COUNT) {
        log_error(&cli->log, "unknown command '%.100s'; did you mean '%s'?", word, names[nearest]);
    } else if (!stat(word, &st) && S_ISREG(st.st_mode)) {
        log_error(&cli->log, "unknown command '%.200s'; to run this file: sel4ux run %.200s", word,
                  word);
    } else {
        log_error(&cli->log, "unknown command '%.100s'; see 'sel4ux --help'", word);
    }
    return EXIT_USAGE;
}

int cli_finish_output(struct cli *cli)
{
    if (fflush(stdout) || ferror(stdout)) {
        log_error(&cli->log, "cannot write to the standard output: %s", strerror(errno));
        return EXIT_FAILED;
    }
    return EXIT_OK;
}

int main(int argc, char **argv)
{
    struct cli cli;

    log_init(&cli.log, STDERR_FILENO, false);
    if (argc < 2) {
        help_print(stderr, NULL);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!strcmp(argv[1], commands[i].name)) {
            return commands[i].run(&cli, argc - 1, argv + 1);
        }
    }
    return unknown_command(&cli, argv[1]);
}
