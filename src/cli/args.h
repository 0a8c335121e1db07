/*
 * Walking through a subcommand's arguments: --name VALUE, --name=VALUE, -x, and plain words in any
 * order; behind "--" everything is a plain word. The caller switches on the flag's id.
 */
#ifndef SEL4UX_CLI_ARGS_H
#define SEL4UX_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct arg_flag {
    const char *name; /* without dashes */
    char letter;      /* 0: none */
    bool has_value;
    int id; /* > 0 */
};

#define ARG_END  0  /* no more arguments */
#define ARG_WORD -1 /* a plain word: in `value` */
#define ARG_BAD  -2 /* *err says what is wrong */

struct args {
    const struct arg_flag *flags;
    size_t flag_count;
    const char *command; /* for messages: "run" */
    char **next, **end;
    bool only_words;
    const char *value; /* of what args_next() returned last; borrowed from argv */
};

/* `argv[0]` is the subcommand. */
void args_init(struct args *args, const struct arg_flag *flags, size_t flag_count, int argc,
               char **argv);

/* The id of the next flag, or one of ARG_*. */
int args_next(struct args *args, struct error *err);

/* "3G", "512M", "4096K" or bytes. */
int parse_size(const char *text, unsigned long long *bytes);

/* Seconds with decimals, 0 or more. */
int parse_seconds(const char *text, double *seconds);

#endif
