/*
 * A flag that does not exist is answered with the most similar one that does.
 */
#include "cli/args.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

#define MAX_FLAGS 32

void args_init(struct args *args, const struct arg_flag *flags, size_t flag_count, int argc,
               char **argv)
{
    *args = (struct args){
        .flags = flags,
        .flag_count = flag_count,
        .command = argv[0],
        .next = argv + 1,
        .end = argv + argc,
    };
}

static int unknown_flag(const struct args *args, const char *name, size_t length, struct error *err)
{
    const char *names[MAX_FLAGS];
    char word[64];
    size_t count = args->flag_count < MAX_FLAGS ? args->flag_count : MAX_FLAGS, nearest;

    for (size_t i = 0; i < count; i++) {
        names[i] = args->flags[i].name;
    }
    snprintf(word, sizeof(word), "%.*s", (int)(length < 63 ? length : 63), name);
    nearest = nearest_name(word, names, count);
    if (nearest < count) {
        error_set(err, "unknown option --%s; did you mean --%s?", word, names[nearest]);
    } else {
        error_set(err, "unknown option --%s; see 'sel4ux %s --help'", word, args->command);
    }
    return ARG_BAD;
}

static int take_value(struct args *args, const struct arg_flag *flag, const char *attached,
                      struct error *err)
{
    args->value = attached;
    if (!flag->has_value) {
        if (attached) {
            error_set(err, "--%s takes no value", flag->name);
            return ARG_BAD;
        }
        return flag->id;
    }
    if (!attached) {
        if (args->next == args->end) {
            error_set(err, "--%s needs a value; see 'sel4ux %s --help'", flag->name, args->command);
            return ARG_BAD;
        }
        args->value = *args->next++;
    }
    return flag->id;
}

static int take_long(struct args *args, const char *name, struct error *err)
{
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);

    for (size_t i = 0; i < args->flag_count; i++) {
        const struct arg_flag *flag = &args->flags[i];

        if (strlen(flag->name) == length && !memcmp(flag->name, name, length)) {
            return take_value(args, flag, equals ? equals + 1 : NULL, err);
        }
    }
    return unknown_flag(args, name, length, err);
}

static int take_letter(struct args *args, const char *word, struct error *err)
{
    for (size_t i = 0; i < args->flag_count; i++) {
        const struct arg_flag *flag = &args->flags[i];

        if (flag->letter && flag->letter == word[1]) {
            return take_value(args, flag, word[2] ? word + 2 : NULL, err);
        }
    }
    error_set(err, "unknown option %.63s; see 'sel4ux %s --help'", word, args->command);
    return ARG_BAD;
}

int args_next(struct args *args, struct error *err)
{
    const char *word;

    while (args->next < args->end) {
        word = *args->next++;
        if (!args->only_words && !strcmp(word, "--")) {
            args->only_words = true;
            continue;
        }
        if (args->only_words || word[0] != '-' || !word[1]) {
            args->value = word;
            return ARG_WORD;
        }
        return word[1] == '-' ? take_long(args, word + 2, err) : take_letter(args, word, err);
    }
    return ARG_END;
}

int parse_size(const char *text, unsigned long long *bytes)
{
    static const char unit[] = "KMGT";
    unsigned long long n;
    unsigned int shift = 0;
    char *end;

    if (!isdigit((unsigned char)text[0])) {
        return -EINVAL;
    }
    errno = 0;
    n = strtoull(text, &end, 10);
    if (errno) {
        return -ERANGE;
    }
    if (*end) {
        const char *u = strchr(unit, toupper((unsigned char)*end));
        if (!u) {
            return -EINVAL;
        }
        shift = 10 * (unsigned int)(u - unit + 1);
        end++;
        end += !strcmp(end, "iB") ? 2 : 0;
    }
    if (*end) {
        return -EINVAL;
    }
    if (n > ~0ull >> shift) {
        return -ERANGE;
    }
    *bytes = n << shift;
    return 0;
}

int parse_seconds(const char *text, double *seconds)
{
    char *end;

    if (!isdigit((unsigned char)text[0]) && text[0] != '.') {
        return -EINVAL;
    }
    *seconds = strtod(text, &end);
    if (*end == 's' && !end[1]) {
        end++;
    }
    return end == text || *end || !isfinite(*seconds) || *seconds > 1e9 ? -EINVAL : 0;
}
