/*
 * sel4ux report FILE: a trace as one HTML page.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/args.h"
#include "cli/cli.h"
#include "trace/page.h"

#define EVENTS_DEFAULT 2000000
#define EVENTS_MAX     100000000
#define PATH_SIZE      4096

enum report_flag { FLAG_HELP = 1, FLAG_OUTPUT, FLAG_EVENTS };

static const struct arg_flag flags[] = {
    {"help", 'h', false, FLAG_HELP},
    {"output", 'o', true, FLAG_OUTPUT},
    {"events", 'n', true, FLAG_EVENTS},
};

struct report {
    const char *path, *output;
    uint64_t events;
    char default_output[PATH_SIZE];
};

static int take_events(struct report *report, const char *text, struct error *err)
{
    char *end;

    errno = 0;
    report->events = strtoull(text, &end, 10);
    if (isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0 &&
        report->events <= EVENTS_MAX)
        return 0;
    error_set(err, "--events %.40s: must be a number from 0 to %d", text, EVENTS_MAX);
    return -EINVAL;
}

static int take(struct report *report, int id, const char *value, struct error *err)
{
    switch (id) {
    case FLAG_OUTPUT:
        report->output = value;
        return 0;
    case FLAG_EVENTS:
        return take_events(report, value, err);
    case ARG_WORD:
        if (report->path != NULL) {
            error_set(err, "one trace at a time: '%.200s' is one too many", value);
            return -EINVAL;
        }
        report->path = value;
        return 0;
    default:
        return -EINVAL;
    }
}

/* FILE.html, unless that is asked for otherwise. */
static int choose_output(struct report *report, struct error *err)
{
    if (report->path == NULL || report->path[0] == '\0') {
        error_set(err, "report needs a trace; see 'sel4ux report --help'");
        return -EINVAL;
    }
    if (report->output != NULL && report->output[0] == '\0') {
        error_set(err, "--output needs the name of a file to write");
        return -EINVAL;
    }
    if (report->output != NULL)
        return 0;
    if (snprintf(report->default_output, PATH_SIZE, "%s.html", report->path) >= PATH_SIZE) {
        error_set(err, "the trace's name is too long; choose another with --output");
        return -EINVAL;
    }
    report->output = report->default_output;
    return 0;
}

static bool same_file(const char *a, const char *b)
{
    struct stat first, second;

    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

static int write_page(const struct report *report, const struct summary *s, struct error *err)
{
    const char *slash = strrchr(report->path, '/');
    bool to_stdout = strcmp(report->output, "-") == 0;
    FILE *out;
    int status;

    if (!to_stdout && same_file(report->path, report->output)) {
        error_set(err, "--output %s: that is the trace itself", report->output);
        return -EINVAL;
    }
    out = to_stdout ? stdout : fopen(report->output, "we");
    if (out == NULL)
        return error_errno(err, errno, "%s", report->output);
    status = page_write(s, slash != NULL ? slash + 1 : report->path, out, err);
    if (!to_stdout && fclose(out) != 0 && status == 0)
        status = error_errno(err, errno, "%s", report->output);
    return status;
}

static int make_report(struct cli *cli, const struct report *report, struct error *err)
{
    struct summary *s = calloc(1, sizeof *s);
    int status;

    if (s == NULL)
        return error_errno(err, ENOMEM, "can't read the trace");
    status = summary_of_file(s, report->path, report->events, err);
    if (status == 0 && s->rest > 0)
        log_warning(&cli->log, "%s is cut off: its last %llu bytes are no whole packet",
                    report->path, (unsigned long long)s->rest);
    if (status == 0)
        status = write_page(report, s, err);
    if (status == 0 && strcmp(report->output, "-") != 0)
        printf("%s: %llu events; open it in a browser\n", report->output,
               (unsigned long long)s->event_count);
    summary_free(s);
    free(s);
    return status;
}

int cmd_report(struct cli *cli, int argc, char **argv)
{
    struct report report = {.events = EVENTS_DEFAULT};
    struct error err = {{0}};
    struct args args;
    int id, status = 0;

    args_init(&args, flags, sizeof flags / sizeof flags[0], argc, argv);
    while (status == 0 && (id = args_next(&args, &err)) != ARG_END) {
        if (id == FLAG_HELP) {
            help_print(stdout, "report");
            return cli_finish_output(cli);
        }
        status = take(&report, id, args.value, &err);
    }
    if (status == 0)
        status = choose_output(&report, &err);
    if (status == 0)
        status = make_report(cli, &report, &err);
    if (status == 0)
        return cli_finish_output(cli);
    log_error(&cli->log, "%s", err.message);
    return status == -EINVAL || status == -ENOENT || status == -EISDIR ? EXIT_USAGE : EXIT_FAILED;
}
