/*
 * sel4ux gdb IMAGE [options] [-- GDB's own]: a machine in the background, and GDB on the terminal,
 * connected by a socket that nobody else can reach. When GDB has ended, so has the machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/run.h"
#include "gdb/listen.h"

#define EXIT_NO_GDB    127
#define EXIT_BY_SIGNAL 128
#define OWN_WORDS      8 /* of GDB's command line */

/* What stands behind "--". */
static char **gdb_words;
static int gdb_word_count;

struct meeting {
    char folder[64];
    char path[80];
    int listener;
};

static int arrange(struct meeting *m, struct error *err)
{
    char words[LISTEN_TEXT];

    strcpy(m->folder, "/tmp/sel4ux-gdb-XXXXXX");
    if (mkdtemp(m->folder) == NULL)
        return error_errno(err, errno, "can't make a folder below /tmp");
    snprintf(m->path, sizeof m->path, "%s/machine", m->folder);
    m->listener = gdb_listen(m->path, words, err);
    if (m->listener < 0)
        rmdir(m->folder);
    return m->listener < 0 ? m->listener : 0;
}

static void clean_up(const struct meeting *m)
{
    close(m->listener);
    unlink(m->path);
    rmdir(m->folder);
}

/* The terminal is GDB's: the machine reads nothing from it, and Ctrl-C is not for it. */
static _Noreturn void run_machine(struct cli *cli, pid_t parent, struct run_options *options,
                                  const struct image *image, int listener)
{
    struct error err = {""};
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC), code;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_FAILED);
    setpgid(0, 0);
    signal(SIGTTOU, SIG_IGN);
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    if (nothing >= 0)
        dup2(nothing, STDIN_FILENO);
    options->gdb_listener = listener;
    code = machine_run(options, image, &err);
    if (code < 0)
        log_error(&cli->log, "%s", err.message);
    _exit(code < 0 ? EXIT_FAILED : code);
}

static _Noreturn void run_gdb(const struct meeting *m, const char *image)
{
    char **words = calloc((size_t)gdb_word_count + OWN_WORDS, sizeof *words), target[128];
    int n = 0;

    if (words == NULL)
        _exit(EXIT_NO_GDB);
    snprintf(target, sizeof target, "target extended-remote %s", m->path);
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    words[n++] = "gdb";
    words[n++] = (char *)image;
    words[n++] = "-ex";
    words[n++] = "set schedule-multiple on";
    words[n++] = "-ex";
    words[n++] = target;
    memcpy(words + n, gdb_words, (size_t)gdb_word_count * sizeof *words);
    execvp("gdb", words);
    fprintf(stderr, "sel4ux: error: can't start gdb: %s\n", strerror(errno));
    _exit(EXIT_NO_GDB);
}

static int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_BY_SIGNAL + WTERMSIG(status);
}

static int start_both(struct cli *cli, struct run_options *options, const struct image *image,
                      struct error *err)
{
    struct meeting m;
    int status = arrange(&m, err), code;
    pid_t self = getpid(), machine, gdb;

    if (status != 0)
        return status;
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    machine = fork();
    if (machine == 0)
        run_machine(cli, self, options, image, m.listener);
    gdb = machine > 0 ? fork() : -1;
    if (gdb == 0)
        run_gdb(&m, options->image_path);
    code = gdb > 0 ? wait_for(gdb) : error_errno(err, errno, "can't start a process");
    if (machine > 0) {
        kill(machine, SIGTERM);
        wait_for(machine);
    }
    clean_up(&m);
    return code;
}

int cmd_gdb(struct cli *cli, int argc, char **argv)
{
    int own = 1;

    while (own < argc && strcmp(argv[own], "--") != 0)
        own++;
    gdb_words = argv + (own < argc ? own + 1 : own);
    gdb_word_count = own < argc ? argc - own - 1 : 0;
    return run_command(cli, "gdb", own, argv, start_both);
}
