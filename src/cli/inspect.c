/*
 * sel4ux inspect: the state of a machine that runs, is stopped, or has left its state in a file.
 *
 * A running machine stands still only while its state is put into words, in memory; whoever reads
 * those may take all the time in the world.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "state/attach.h"
#include "state/folder.h"
#include "view/view.h"

enum { FLAG_HELP = 1, FLAG_FORMAT, FLAG_THREAD };

static const struct arg_flag flags[] = {
    {"help", 'h', false, FLAG_HELP},
    {"format", 'f', true, FLAG_FORMAT},
    {"thread", 't', true, FLAG_THREAD},
};

struct request {
    const char *subject; /* a process id or a file; NULL: list the machines */
    enum view_topic topic;
    enum view_format format;
    const char *thread;
    bool has_topic;
};

/* ------------------------------------------------------------------ arguments */

static int unknown(const char *what, const char *name, const char *const *names, struct error *err)
{
    size_t count = 0, nearest;

    while (names[count] != NULL)
        count++;
    nearest = nearest_name(name, names, count);
    if (nearest < count)
        error_set(err, "there is no %s '%.40s'; did you mean %s?", what, name, names[nearest]);
    else
        error_set(err, "there is no %s '%.40s'; 'sel4ux inspect --help' lists them", what, name);
    return -EINVAL;
}

static int take_plain(struct request *r, const char *text, struct error *err)
{
    if (r->subject == NULL) {
        r->subject = text;
        return 0;
    }
    if (r->has_topic) {
        error_set(err, "'%.40s': one topic at a time, or all", text);
        return -EINVAL;
    }
    r->has_topic = true;
    return view_topic_find(text, &r->topic) ? 0 : unknown("topic", text, view_topics, err);
}

static int check_request(const struct request *r, struct error *err)
{
    bool has_topics = r->format == VIEW_TEXT || r->format == VIEW_JSON;

    if (r->subject == NULL && (r->format != VIEW_TEXT || r->thread != NULL)) {
        error_set(err, "of which machine? 'sel4ux inspect' lists those that run");
        return -EINVAL;
    }
    if (!has_topics && r->has_topic && r->topic != VIEW_ALL) {
        error_set(err, "--format %s shows everything in one: leave the topic out",
                  view_formats[r->format]);
        return -EINVAL;
    }
    if (r->format == VIEW_CAPDL && r->thread != NULL) {
        error_set(err, "--format capdl shows the whole system: leave --thread out");
        return -EINVAL;
    }
    return 0;
}

/* ARG_END, ARG_BAD or FLAG_HELP. */
static int read_arguments(struct request *r, int argc, char **argv, struct error *err)
{
    struct args args;
    int id, status = 0;

    args_init(&args, flags, sizeof flags / sizeof flags[0], argc, argv);
    while (status == 0 && (id = args_next(&args, err)) != ARG_END) {
        if (id == ARG_BAD || id == FLAG_HELP)
            return id;
        if (id == FLAG_THREAD)
            r->thread = args.value;
        else if (id == ARG_WORD)
            status = take_plain(r, args.value, err);
        else if (!view_format_find(args.value, &r->format))
            status = unknown("format", args.value, view_formats, err);
    }
    if (status == 0)
        status = check_request(r, err);
    return status == 0 ? ARG_END : ARG_BAD;
}

/* ------------------------------------------------------------------ words */

struct words {
    char *text;
    size_t size, room;
    bool failed;
};

static void take_words(void *context, const char *text, size_t size)
{
    struct words *w = context;

    if (w->size + size > w->room) {
        size_t room = 2 * (w->size + size) + 65536;
        char *more = realloc(w->text, room);

        w->failed |= more == NULL;
        if (more == NULL)
            return;
        w->text = more;
        w->room = room;
    }
    memcpy(w->text + w->size, text, size);
    w->size += size;
}

static unsigned terminal_width(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static bool wants_colour(const struct request *r)
{
    const char *no = getenv("NO_COLOR");

    return r->format == VIEW_TEXT && isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0');
}

static int put_into_words(const struct request *r, const struct state *s, struct words *words,
                          struct error *err)
{
    struct view_subject subject = {.kernel = &s->machine->kernel,
                                   .ram = state_ram(s),
                                   .pages = s->pages,
                                   .machine = s->machine};
    struct view_out out = {.write = take_words,
                           .context = words,
                           .width = terminal_width(),
                           .colour = wants_colour(r)};
    int status = view_export(&subject, r->format, r->topic, r->thread, &out, err);

    return status == 0 && words->failed ? error_errno(err, ENOMEM, "can't show the state") : status;
}

/* ------------------------------------------------------------------ machines */

static int inspect_running(struct cli *cli, const struct request *r, pid_t pid, struct words *words,
                           struct error *err)
{
    struct attached a;
    int status = attach(&a, pid, err);

    if (status != 0)
        return status;
    status = attach_pause(&a, err);
    if (status == 0)
        status = put_into_words(r, &a.state, words, err);
    if (status == 0 && !a.is_paused)
        log_warning(&cli->log, "machine %d was stopped wherever it was: its state may not add up",
                    (int)pid);
    else if (status == 0 && !attach_held(&a))
        log_warning(&cli->log,
                    "machine %d went on before its state was read: it may not add up; ask again",
                    (int)pid);
    detach(&a);
    return status;
}

static int inspect_file(const struct request *r, struct words *words, struct error *err)
{
    int fd = open(r->subject, O_RDONLY | O_CLOEXEC | O_NONBLOCK), status;
    struct state s;

    if (fd < 0)
        return error_errno(err, errno, "%s", r->subject);
    status = state_load(&s, fd, err);
    close(fd);
    if (status != 0) {
        error_wrap(err, "%s", r->subject);
        return status;
    }
    status = put_into_words(r, &s, words, err);
    state_free(&s);
    return status;
}

/* ------------------------------------------------------------------ the list */

#define MAX_LISTED 256

static void print_machine(pid_t pid, const struct attached *a)
{
    struct state_identity identity;
    uint64_t now = (uint64_t)time(NULL);
    const char *how = a->is_stopped ? "stopped" : "running";

    if (!state_identity(&a->state, &identity)) {
        printf("%8d  %-8s of another version of sel4ux\n", (int)pid, how);
        return;
    }
    printf("%8d  %-8s %-8s %6llu s  %s\n", (int)pid, how, identity.engine,
           (unsigned long long)(now > identity.started ? now - identity.started : 0),
           identity.image);
}

static int by_number(const void *a, const void *b)
{
    return *(const pid_t *)a < *(const pid_t *)b ? -1 : *(const pid_t *)a > *(const pid_t *)b;
}

static void list_machines(struct cli *cli)
{
    char folder[FOLDER_PATH_SIZE];
    pid_t pids[MAX_LISTED];
    unsigned count = 0, shown = 0;

    if (folder_find(folder, false, NULL) == 0) {
        folder_clean(folder);
        count = folder_list(folder, pids, MAX_LISTED);
        qsort(pids, count, sizeof pids[0], by_number);
    }
    for (unsigned i = 0; i < count; i++) {
        struct attached a;

        if (attach(&a, pids[i], NULL) != 0)
            continue;
        if (shown++ == 0)
            printf("%8s  %-8s %-8s %8s  %s\n", "process", "state", "engine", "time", "image");
        print_machine(pids[i], &a);
        detach(&a);
    }
    if (shown == 0)
        log_note(&cli->log,
                 "no machine of yours runs; 'sel4ux inspect --help' says what else there "
                 "is to look at");
}

/* ------------------------------------------------------------------ the command */

static pid_t pid_in(const char *text)
{
    char *end;
    long pid = isdigit((unsigned char)text[0]) ? strtol(text, &end, 10) : 0;

    return pid > 0 && pid < INT32_MAX && *end == '\0' ? (pid_t)pid : 0;
}

static int inspect(struct cli *cli, const struct request *r, struct error *err)
{
    struct words words = {.text = NULL};
    pid_t pid = pid_in(r->subject);
    int status = pid > 0 ? inspect_running(cli, r, pid, &words, err) : inspect_file(r, &words, err);

    if (status == 0)
        fwrite(words.text, 1, words.size, stdout);
    free(words.text);
    return status;
}

int cmd_inspect(struct cli *cli, int argc, char **argv)
{
    struct request r = {.topic = VIEW_ALL};
    struct error err = {{0}};
    int id = read_arguments(&r, argc, argv, &err), status;

    if (id == FLAG_HELP) {
        help_print(stdout, "inspect");
        return cli_finish_output(cli);
    }
    if (!r.has_topic && r.format == VIEW_TEXT)
        r.topic = VIEW_THREADS;
    status = id == ARG_BAD ? -EINVAL : 0;
    if (status == 0 && r.subject == NULL)
        list_machines(cli);
    else if (status == 0)
        status = inspect(cli, &r, &err);
    if (status == 0)
        return cli_finish_output(cli);
    log_error(&cli->log, "%s", err.message);
    return status == -EINVAL || status == -ENOENT ? EXIT_USAGE : EXIT_FAILED;
}
