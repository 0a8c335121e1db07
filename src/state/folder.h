/*
 * Where the machines of a user can be found: a folder that only they can enter, with a socket for
 * each running machine, named by its monitor's process id.
 *
 * A socket is in the folder from when someone listens until its monitor ends; what a killed monitor
 * left is recognised by nobody's listening, and removed by who notices.
 */
#ifndef SEL4UX_STATE_FOLDER_H
#define SEL4UX_STATE_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/error.h"

#define FOLDER_PATH_SIZE 80 /* so that a socket's path fits */

/*
 * $XDG_RUNTIME_DIR/sel4ux or else /tmp/sel4ux-UID. With `make`, it exists afterwards. 0, or -errno:
 * -ENOENT when there is none, -EPERM when it is not ours alone.
 */
int folder_find(char path[FOLDER_PATH_SIZE], bool make, struct error *err);

/* The address of a monitor's socket. */
void folder_address(const char *folder, pid_t pid, struct sockaddr_un *address);

/* Removes the sockets whose monitors are gone, and the folder if it is empty. */
void folder_clean(const char *folder);

/* The monitors whose sockets are there, up to `most`; how many. */
unsigned folder_list(const char *folder, pid_t *pids, unsigned most);

#endif
