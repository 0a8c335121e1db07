/*
 * The command line: one file per subcommand, each `int cmd_NAME(struct cli *, argc, argv)` that
 * returns the process's exit code. argv[0] is the subcommand. Only main() exits.
 *
 * Messages about wrong use are one line on stderr, say what to do, and end with exit code 2.
 */
#ifndef SEL4UX_CLI_CLI_H
#define SEL4UX_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/log.h"

enum cli_exit {
    EXIT_OK = 0,
    EXIT_FAILED = 1,       /* sel4ux or its host could not */
    EXIT_USAGE = 2,        /* the arguments, the image or the configuration are wrong */
    EXIT_TIMEOUT = 124,    /* --timeout passed */
    EXIT_INTERRUPTED = 130 /* Ctrl-C */
};

struct cli {
    struct log log;
};

int cmd_run(struct cli *cli, int argc, char **argv);
int cmd_inspect(struct cli *cli, int argc, char **argv);
int cmd_gdb(struct cli *cli, int argc, char **argv);
int cmd_report(struct cli *cli, int argc, char **argv);
int cmd_info(struct cli *cli, int argc, char **argv);
int cmd_help(struct cli *cli, int argc, char **argv);
int cmd_version(struct cli *cli, int argc, char **argv);

/* Writes the help of `topic`, a command ("run"; NULL: sel4ux itself); false when there is none. */
bool help_print(FILE *out, const char *topic);

/* Ends output on stdout: EXIT_OK, or EXIT_FAILED with a message when it could not be written. */
int cli_finish_output(struct cli *cli);

#endif
