/*
 * The shell: program | program < file > file &, each with arguments; "quotes" keep blanks.
 *
 * The programs of a line are a job, which has the console while the shell waits for it. What the
 * shell does itself is in `builtins`.
 */
#include "line.h"
#include "sos.h"

#define MAX_WORDS    32
#define MAX_COMMANDS 6

struct command {
    char *words[MAX_WORDS + 1]; /* the last is NULL */
    int count;
    char *in, *out; /* files, or NULL */
    bool append;
};

struct job {
    struct command commands[MAX_COMMANDS];
    int count;
    bool background;
};

/* -------------------------------------------------------------- reading */

static bool is_special(char c)
{
    return c == '|' || c == '<' || c == '>' || c == '&';
}

/*
 * The next word of a line, which is moved on; NULL at its end. A special character is a word of
 * its own, and stands at the end of the one before it: *special is what came behind the word.
 */
static char *next_word(char **at, char *special)
{
    char *word, *to, quote = 0;

    while (**at == ' ')
        (*at)++;
    word = to = *at;
    for (; **at && (quote || (**at != ' ' && !is_special(**at))); (*at)++) {
        if (**at == '"')
            quote = !quote;
        else
            *to++ = **at;
    }
    while (**at == ' ')
        *(*at)++ = 0;
    *special = is_special(**at) ? **at : 0;
    if (*special)
        (*at)++;
    *to = 0;
    return to == word ? NULL : word;
}

static const char *add_word(struct command *command, char *word, char before)
{
    switch (before) {
    case '<':
        command->in = word;
        return word ? NULL : "a file is missing";
    case '>':
        command->out = word;
        return word ? NULL : "a file is missing";
    default:
        if (word && command->count == MAX_WORDS)
            return "too many words";
        if (word)
            command->words[command->count++] = word;
        return NULL;
    }
}

/* Why a line is no job, or NULL. An empty line is a job without commands. */
static const char *parse(char *line, struct job *job)
{
    struct command *command = job->commands;
    const char *wrong = NULL;
    char before = 0, special = 0;

    memset(job, 0, sizeof(*job));
    while (!wrong && (*line || special)) {
        char *word = next_word(&line, &special);

        if (before == '>' && !word && special == '>') { /* >> */
            command->append = true;
            continue;
        }
        wrong = add_word(command, word, before);
        before = special;
        if (special == '|') {
            if (command->count == 0 || ++command == job->commands + MAX_COMMANDS)
                return "there is no command, or too many";
            before = 0;
        }
        if (special == '&') {
            job->background = true;
            before = 0;
        }
        if (!*line && before == 0)
            break;
    }
    if (!wrong && command->count == 0 && (command != job->commands || job->background))
        wrong = "a command is missing";
    job->count = command->count ? (int)(command - job->commands) + 1 : 0;
    return wrong;
}

/* -------------------------------------------------------------- running */

/* Replaces *fd by a file; an error is told. */
static bool redirect(long *fd, const char *name, unsigned long flags)
{
    long file;

    if (!name)
        return true;
    file = sos_open(name, flags);
    if (file < 0) {
        sos_fail(name, file);
        return false;
    }
    if (*fd > SOS_STDOUT)
        sos_close(*fd);
    *fd = file;
    return true;
}

static void close_own(long fd)
{
    if (fd > SOS_STDOUT)
        sos_close(fd);
}

static long start(struct command *command, long in, long out, long job)
{
    unsigned long flags = SOS_O_WRITE | SOS_O_CREATE;
    long pid = -1;

    flags |= command->append ? SOS_O_APPEND : SOS_O_TRUNCATE;
    if (redirect(&in, command->in, SOS_O_READ) && redirect(&out, command->out, flags)) {
        pid = sos_spawn(command->words[0], command->words, in, out, job);
        if (pid < 0)
            sos_fail(command->words[0], pid);
    }
    close_own(in);
    close_own(out);
    return pid;
}

/* Starts all of them; the job's number, or a number below 1 if none has started. */
static long start_all(struct job *job, long pids[MAX_COMMANDS])
{
    long number = 0, in = SOS_STDIN;

    for (int i = 0; i < job->count; i++) {
        int ends[2] = {SOS_STDIN, SOS_STDOUT};
        bool last = i + 1 == job->count;

        if (!last && sos_pipe(ends) < 0)
            ends[0] = SOS_STDIN; /* without a pipe it reads nothing and writes to the console */
        pids[i] = start(&job->commands[i], in, ends[1], number);
        if (number < 1 && pids[i] > 0)
            number = pids[i];
        if (number < 0)
            number = 0;
        in = ends[0];
    }
    return number;
}

static void tell(const char *name, int status)
{
    if (status == SOS_KILLED)
        guest_printf("%s: killed\n", name);
    else if (status > 0 && status < SOS_KILLED)
        guest_printf("%s: status %d\n", name, status);
}

/* The job gets the console when that is ready for it, or it would see raw input. */
static void wait_for(struct job *job, const long *pids, long number)
{
    sos_call(SOS_MODE, SOS_COOKED, 0, 0, 0);
    sos_call(SOS_FOREGROUND, (unsigned long)number, 0, 0, 0);
    for (int i = 0; i < job->count; i++) {
        int status = 0;

        if (pids[i] > 0 && sos_wait(pids[i], 0, &status) == pids[i])
            tell(job->commands[i].words[0], status);
    }
    sos_call(SOS_FOREGROUND, 1, 0, 0, 0);
    sos_call(SOS_MODE, SOS_RAW, 0, 0, 0);
}

static void run(struct job *job)
{
    long pids[MAX_COMMANDS];
    long number;

    sos_flush();
    number = start_all(job, pids);
    if (number < 1)
        return;
    if (job->background)
        guest_printf("[%ld]\n", number);
    else
        wait_for(job, pids, number);
}

/* Tells which background processes have ended. */
static void reap(void)
{
    int status = 0;
    long pid;

    while ((pid = sos_wait(0, SOS_NOHANG, &status)) > 0)
        guest_printf("[%ld] %s\n", pid, status >= SOS_KILLED ? "killed" : "done");
}

/* -------------------------------------------------------------- what the shell does itself */

static bool leaving;

/* A program that is one of ours: a file that nobody can write to, and that is no text. */
static void show_program(const struct sos_entry *entry, const char *name)
{
    struct sos_file file;

    if (entry->kind == SOS_KIND_FILE && strcmp(name, "motd") != 0 && sos_stat(name, &file) == 0 &&
        !file.writable)
        guest_printf(" %s", name);
}

static void help(void)
{
    guest_printf("PROGRAM [ARGUMENT...] [< FILE] [> FILE] [>> FILE] [| PROGRAM...] [&]\n"
                 "Ctrl-C kills it, Ctrl-D ends its input; arrows: lines from before\n"
                 "help history exit:");
    sos_each(".", show_program);
    guest_printf("\n");
}

static void show_history(void)
{
    const char *text;

    for (unsigned int i = 1; (text = line_history(i)) != NULL; i++)
        guest_printf("%3u %s\n", i, text);
}

static void leave(void)
{
    leaving = true;
}

static const struct {
    const char *name;
    void (*run)(void);
} builtins[] = {{"help", help}, {"history", show_history}, {"exit", leave}};

static bool run_builtin(const char *name)
{
    for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
        if (strcmp(builtins[i].name, name) == 0) {
            builtins[i].run();
            return true;
        }
    }
    return false;
}

static void greet(void)
{
    char text[256];
    long fd = sos_open("motd", SOS_O_READ), n;

    while ((n = sos_read(fd, text, sizeof(text))) > 0)
        sos_write(SOS_STDOUT, text, (unsigned long)n);
    sos_close(fd);
}

int sos_main(int argc, char **argv)
{
    static struct job job;
    char line[LINE_MAX];

    (void)argc;
    (void)argv;
    sos_call(SOS_MODE, SOS_RAW, 0, 0, 0);
    greet();
    while (!leaving && line_read("$ ", line)) {
        const char *wrong = parse(line, &job);

        if (wrong)
            guest_printf("shell: %s\n", wrong);
        else if (job.count && !(job.count == 1 && run_builtin(job.commands[0].words[0])))
            run(&job);
        reap();
    }
    guest_printf("bye\n");
    sos_flush();
    return (int)sos_call(SOS_SHUTDOWN, 0, 0, 0, 0);
}
