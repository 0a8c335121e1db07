/* Debuggers over more than one machine (see debugging.h). */
#include "monitor/debugging.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int debugging_open(struct gdb **gdb, const struct run_options *options, struct watch_list *watchers,
                   struct error *err)
{
    struct gdb_setup setup = {
        .address = options->gdb,
        .listener = options->gdb_listener,
        .image_path = options->image_path,
        .symbols = options->symbols,
        .symbol_count = options->symbol_count,
        .watchers = watchers,
    };

    *gdb = NULL;
    if (options->gdb == NULL && options->gdb_listener < 0)
        return 0;
    return gdb_open(gdb, &setup, err);
}

bool debugging_again(struct gdb *gdb, struct watch_list *watchers)
{
    struct pollfd asked = {.fd = -1, .events = POLLIN};
    sigset_t set, before;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, &before);
    asked.fd = signalfd(-1, &set, SFD_CLOEXEC);
    while (gdb_stays(gdb) && gdb_wish(gdb) != GDB_WISH_RESTART && asked.revents == 0 &&
           asked.fd >= 0)
        watch_wait(watchers, &asked, 1, WATCH_NEVER);
    if (asked.fd >= 0)
        close(asked.fd);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return gdb_wish(gdb) == GDB_WISH_RESTART && asked.revents == 0;
}
