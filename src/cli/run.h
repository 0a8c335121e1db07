/* What run and gdb have in common: the same arguments, and what to do with them once they are
 * good. */
#ifndef SEL4UX_CLI_RUN_H
#define SEL4UX_CLI_RUN_H

#include "cli/cli.h"
#include "loader/elf.h"
#include "monitor/monitor.h"

/* Like machine_run(). */
typedef int run_starter(struct cli *cli, struct run_options *options, const struct image *image,
                        struct error *err);

/* The exit code of a subcommand whose arguments are those of run. */
int run_command(struct cli *cli, const char *command, int argc, char **argv, run_starter *start);

#endif
