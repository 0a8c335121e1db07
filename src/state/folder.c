/* The folder of running machines (see folder.h). */
#include "state/folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_folder(const char *path, struct error *err)
{
    struct stat status;

    if (lstat(path, &status) != 0)
        return error_errno(err, errno, "%s", path);
    if (!S_ISDIR(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 077) != 0) {
        error_set(err, "%s is not a folder that only you can enter", path);
        return -EPERM;
    }
    return 0;
}

/* A runtime folder is used only if it is what it should be: the user's own. */
static bool runtime_folder(char path[FOLDER_PATH_SIZE])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");

    return runtime != NULL && runtime[0] == '/' && check_folder(runtime, NULL) == 0 &&
           snprintf(path, FOLDER_PATH_SIZE, "%s/sel4ux", runtime) < FOLDER_PATH_SIZE;
}

int folder_find(char path[FOLDER_PATH_SIZE], bool make, struct error *err)
{
    if (!runtime_folder(path))
        snprintf(path, FOLDER_PATH_SIZE, "/tmp/sel4ux-%u", (unsigned)geteuid());
    if (make && mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_errno(err, errno, "can't make %s", path);
    return check_folder(path, err);
}

void folder_address(const char *folder, pid_t pid, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(address->sun_path, sizeof address->sun_path, "%.*s/%d", FOLDER_PATH_SIZE - 1, folder,
             (int)pid);
}

static pid_t pid_of(const char *name)
{
    char *end;
    long pid = isdigit((unsigned char)name[0]) ? strtol(name, &end, 10) : 0;

    return pid > 0 && pid < INT32_MAX && *end == '\0' ? (pid_t)pid : 0;
}

unsigned folder_list(const char *folder, pid_t *pids, unsigned most)
{
    DIR *dir = opendir(folder);
    unsigned count = 0;

    for (struct dirent *entry; dir != NULL && count < most && (entry = readdir(dir)) != NULL;) {
        pid_t pid = pid_of(entry->d_name);

        if (pid > 0)
            pids[count++] = pid;
    }
    if (dir != NULL)
        closedir(dir);
    return count;
}

/* No process, and no one who listens: in another PID namespace the process may be there. */
static bool is_stale(const struct sockaddr_un *address, pid_t pid)
{
    int fd;
    bool refused;

    if (kill(pid, 0) == 0 || errno != ESRCH)
        return false;
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    refused = connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
              errno == ECONNREFUSED;
    close(fd);
    return refused;
}

#define MAX_CLEANED 256

void folder_clean(const char *folder)
{
    pid_t pids[MAX_CLEANED];
    unsigned count = folder_list(folder, pids, MAX_CLEANED);

    for (unsigned i = 0; i < count; i++) {
        struct sockaddr_un address;

        folder_address(folder, pids[i], &address);
        if (is_stale(&address, pids[i]))
            unlink(address.sun_path);
    }
    rmdir(folder);
}
