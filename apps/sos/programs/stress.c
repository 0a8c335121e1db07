/*
 * stress [ROUNDS]: kills a process in each kind of request, at other moments each time, and looks
 * whether everything that it had is there again. There must be frames enough that nothing is paged
 * out.
 */
#include "sos.h"

static const char *const kinds[] = {"read", "sleep",  "child", "pipe-in", "pipe-out",
                                    "file", "memory", "spawn", "spin"};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Kills all that is left of the jobs that were started from here. */
static void kill_children_of(long pid)
{
    struct sos_process p;

    for (unsigned long i = 0; sos_status(i, &p) == 0; i++) {
        if (p.parent == pid && p.state != SOS_ZOMBIE)
            sos_kill(p.pid);
    }
}

static int kill_one(const char *kind, unsigned long ns)
{
    char *arguments[] = {"victim", (char *)kind, NULL};
    long pid = sos_spawn("victim", arguments, SOS_STDIN, SOS_STDOUT, 0);
    int status = 0;

    if (pid < 0)
        return sos_fail(kind, pid);
    sos_sleep(ns);
    kill_children_of(pid);
    if (sos_kill(pid) != 0 || sos_wait(pid, 0, &status) != pid || status != SOS_KILLED) {
        guest_printf("%s: ended by itself, status %d\n", kind, status);
        return 1;
    }
    sos_remove("victims-file");
    return 0;
}

/* Grandchildren that were started after their siblings were killed end by themselves. */
static void settle(const struct sos_info *before, struct sos_info *after)
{
    for (int i = 0; i < 100; i++) {
        sos_info(after);
        if (after->processes == before->processes)
            return;
        sos_sleep(10000000);
    }
}

static bool compare(const char *what, unsigned long before, unsigned long after)
{
    if (before != after)
        guest_printf("%s: %lu before, %lu after\n", what, before, after);
    return before == after;
}

int sos_main(int argc, char **argv)
{
    struct sos_info before, after;
    unsigned long rounds = 3;
    bool same = true;

    if (argc > 1 && !sos_number(argv[1], &rounds))
        return sos_fail(argv[1], -SOS_EINVAL);
    guest_printf("killing\n");
    sos_info(&after); /* all pages that are used below are there */
    kill_one(kinds[0], 1000000);
    settle(&after, &after);
    sos_info(&before);
    for (unsigned long round = 0; round < rounds; round++) {
        for (unsigned long i = 0; i < KINDS; i++) {
            if (kill_one(kinds[i], (round * 7 + i) * 300000 + 1000000))
                return 1;
        }
    }
    settle(&before, &after);
    same &= compare("frames", before.frames_used, after.frames_used);
    same &= compare("blocks", before.blocks_used, after.blocks_used);
    same &= compare("tables", before.tables_used, after.tables_used);
    same &= compare("processes", before.processes, after.processes);
    same &= compare("open files", before.open_files, after.open_files);
    same &= compare("pipes", before.pipes, after.pipes);
    same &= compare("sockets", before.sockets, after.sockets);
    guest_printf("%lu killed, %s\n", rounds * KINDS, same ? "nothing is lost" : "LEAKS");
    return !same;
}
