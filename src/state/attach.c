/* The inspector's end of a conversation with a monitor (see attach.h). */
#define _FILE_OFFSET_BITS 64
#include "state/attach.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "state/control.h"

#define ANSWER_MS 5000 /* a monitor that is served at all answers well before */

static int no_machine(pid_t pid, struct error *err)
{
    error_set(err,
              "%d is not the process of a running machine of yours; 'sel4ux inspect' lists them",
              (int)pid);
    return -ESRCH;
}

/* ------------------------------------------------------------------ stopped monitors */

/* The third word of /proc/PID/stat, behind a name that may contain anything. */
static bool is_process_stopped(pid_t pid)
{
    char path[40], text[512];
    const char *end;
    size_t n;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (file == NULL)
        return false;
    n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    end = strrchr(text, ')');
    return end != NULL && end[1] == ' ' && (end[2] == 'T' || end[2] == 't');
}

/* The machine's memory among the descriptors of its monitor, which can't be asked for it. */
static int find_memory(pid_t pid)
{
    char path[64], target[64];
    struct dirent *entry;
    int found = -1;
    DIR *dir;

    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    dir = opendir(path);
    while (dir != NULL && found < 0 && (entry = readdir(dir)) != NULL) {
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);

        target[n < 0 ? 0 : n] = '\0';
        if (strncmp(target, "/memfd:sel4ux-machine", 21) == 0)
            found = openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC);
    }
    if (dir != NULL)
        closedir(dir);
    return found;
}

static int attach_to_stopped(struct attached *a, pid_t pid, struct error *err)
{
    struct stat status;

    a->is_stopped = true;
    a->memory = find_memory(pid);
    if (a->memory < 0 || fstat(a->memory, &status) != 0)
        return no_machine(pid, err);
    return state_map(&a->state, a->memory, (uint64_t)status.st_size, err);
}

/* ------------------------------------------------------------------ conversation */

static bool wait_for(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int n;

    do {
        n = poll(&p, 1, ANSWER_MS);
    } while (n < 0 && errno == EINTR);
    return n == 1;
}

/* The hello, and the memory that comes with it. */
static int receive_hello(struct attached *a, struct control_hello *hello)
{
    char space[CMSG_SPACE(sizeof a->memory)];
    struct iovec part = {hello, sizeof *hello};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *rights;
    ssize_t n = recvmsg(a->socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

    rights = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (rights != NULL && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS &&
        rights->cmsg_len == CMSG_LEN(sizeof a->memory))
        memcpy(&a->memory, CMSG_DATA(rights), sizeof a->memory);
    return n == sizeof *hello && a->memory >= 0 ? 0 : -EPROTO;
}

static int greet(struct attached *a, pid_t pid, struct error *err)
{
    struct control_hello hello;

    if (receive_hello(a, &hello) != 0) {
        error_set(err, "machine %d can't be looked at now: others do, or it has just ended",
                  (int)pid);
        return -EBUSY;
    }
    if (memcmp(hello.magic, CONTROL_MAGIC, sizeof hello.magic) != 0 ||
        hello.version != CONTROL_VERSION) {
        error_set(err, "machine %d is run by another version of sel4ux, which is the one to ask",
                  (int)pid);
        return -EPROTO;
    }
    return state_map(&a->state, a->memory, hello.memory_size, err);
}

static int connect_to(struct attached *a, const char *folder, pid_t pid, struct error *err)
{
    struct sockaddr_un address;
    struct timeval patience = {.tv_sec = ANSWER_MS / 1000};
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t size = sizeof peer;

    folder_address(folder, pid, &address);
    a->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (a->socket < 0)
        return error_errno(err, errno, "can't ask for the machine");
    setsockopt(a->socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(a->socket, (struct sockaddr *)&address, sizeof address) != 0)
        return no_machine(pid, err);
    if (getsockopt(a->socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        peer.uid != geteuid()) {
        error_set(err, "what answers for machine %d is another user's", (int)pid);
        return -EPERM;
    }
    return 0;
}

int attach(struct attached *a, pid_t pid, struct error *err)
{
    char folder[FOLDER_PATH_SIZE];
    int status;

    *a = (struct attached){.socket = -1, .memory = -1};
    if (folder_find(folder, false, NULL) != 0)
        return no_machine(pid, err);
    if (is_process_stopped(pid)) {
        status = attach_to_stopped(a, pid, err);
    } else {
        status = connect_to(a, folder, pid, err);
        if (status == 0 && !wait_for(a->socket)) {
            error_set(err, "machine %d does not answer", (int)pid);
            status = -ETIMEDOUT;
        }
        if (status == 0)
            status = greet(a, pid, err);
    }
    if (status != 0)
        detach(a);
    return status;
}

/* ------------------------------------------------------------------ pausing */

/* The machine may end instead: its monitor closes the socket when no process of it is left. */
static int ask_for_pause(struct attached *a, struct error *err)
{
    uint8_t packet = CONTROL_PAUSE;

    if (send(a->socket, &packet, sizeof packet, MSG_NOSIGNAL) == sizeof packet &&
        !wait_for(a->socket)) {
        error_set(err, "the machine does not come to a halt");
        return -ETIMEDOUT;
    }
    a->is_paused = recv(a->socket, &packet, sizeof packet, MSG_DONTWAIT) == sizeof packet
                       ? packet == CONTROL_PAUSED
                       : a->state.machine->end != END_RUNNING;
    if (a->is_paused)
        return 0;
    error_set(err, "the machine's monitor has just ended");
    return -ECONNRESET;
}

int attach_pause(struct attached *a, struct error *err)
{
    int status = a->socket >= 0 ? ask_for_pause(a, err) : 0;

    return status != 0 ? status : state_find_pages(&a->state, a->memory, err);
}

/* The socket's other end is closed to let the machine go on, and when the monitor ends. */
bool attach_held(const struct attached *a)
{
    char byte;

    if (!a->is_paused || a->state.machine->end != END_RUNNING)
        return a->is_paused;
    return recv(a->socket, &byte, 1, MSG_DONTWAIT | MSG_PEEK) != 0 ||
           a->state.machine->pause == PAUSE_HELD;
}

void detach(struct attached *a)
{
    state_free(&a->state);
    if (a->socket >= 0)
        close(a->socket);
    if (a->memory >= 0)
        close(a->memory);
    *a = (struct attached){.socket = -1, .memory = -1};
}
