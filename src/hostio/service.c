/* The process that serves requests (see service.h). */
#include "hostio/service.h"

#include <errno.h>
#include <linux/futex.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/process.h"

/* As many descriptors as objects, where Linux lets it have them. */
static void raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void wait_for_request(struct host_slot *slot)
{
    uint32_t state;

    while ((state = atomic_load(&slot->state)) != HOST_ASKED)
        syscall(SYS_futex, &slot->state, FUTEX_WAIT, state, NULL, NULL, 0);
}

static _Noreturn void serve(const struct service_setup *setup)
{
    struct host_slot *slot = &setup->io->machine->host.slot;
    struct host_request request;

    /* Where the machine waits for the answer, it is of no use to serve on another CPU: waking that
     * costs many times what a switch does. The machine has chosen its own by its first request. */
    wait_for_request(slot);
    process_pin_to(setup->home(setup->context));
    for (;;) {
        request = slot->request;
        hostio_perform(setup->io, &request);
        slot->request = request;
        atomic_store(&slot->state, HOST_ANSWERED);
        syscall(SYS_futex, &slot->state, FUTEX_WAKE, 1, NULL, NULL, 0);
        wait_for_request(slot);
    }
}

/* Reports through `ready` what went wrong, or nothing. */
static _Noreturn void service_main(const struct service_setup *setup, pid_t monitor, int ready)
{
    int keep[HOST_GRANTS + 1], count = 0;
    struct error err = {""};

    process_become_child(monitor, "sel4ux-host");
    signal(SIGXFSZ, SIG_IGN);
    raise_limit();
    mallopt(M_ARENA_MAX, 1); /* to choose among more, the C library would open files of /sys */
    keep[count++] = ready;
    for (unsigned i = 0; i < HOST_GRANTS; i++) {
        if (setup->io->object[i].fd >= 0)
            keep[count++] = setup->io->object[i].fd;
    }
    process_close_all_but(keep, (size_t)count);
    if (hostio_start(setup->io, &err) == 0)
        service_confine(&err);
    if (write(ready, err.message, strlen(err.message) + 1) < 0 || err.message[0] != '\0')
        _exit(1);
    close(ready);
    serve(setup);
}

/* Until it has closed its end: from then on it holds what it was given and nothing else. */
static int wait_until_ready(int fd, struct error *err)
{
    struct error said = {""};
    size_t size = 0;
    ssize_t n;

    do {
        n = read(fd, said.message + size, sizeof said.message - 1 - size);
        size += n > 0 ? (size_t)n : 0;
    } while (n > 0 || (n < 0 && errno == EINTR));
    if (size > 0 && said.message[0] == '\0')
        return 0;
    error_set(err, "the process for host objects could not start: %s",
              size > 0 ? said.message : "it was killed");
    return -ECHILD;
}

int service_start(const struct service_setup *setup, pid_t *pid, struct error *err)
{
    pid_t monitor = getpid();
    int ends[2], status;

    if (pipe(ends) != 0)
        return error_errno(err, errno, "can't start the process for host objects");
    *pid = fork();
    if (*pid == 0)
        service_main(setup, monitor, ends[1]);
    status = *pid < 0 ? error_errno(err, errno, "can't start the process for host objects") : 0;
    close(ends[1]);
    if (status == 0)
        status = wait_until_ready(ends[0], err);
    close(ends[0]);
    hostio_close(setup->io);
    if (status != 0 && *pid > 0)
        service_stop(*pid);
    return status;
}

void service_stop(pid_t pid)
{
    int status;

    kill(pid, SIGKILL);
    process_reap(pid, &status);
}
