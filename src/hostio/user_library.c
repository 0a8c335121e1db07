/* See user_library.h. */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "hostio/user_library.h"

#define LIBRARY "libslirp.so.0"

struct user_library user_library;

int user_library_load(struct error *err)
{
    const struct {
        const char *name;
        void *function;
    } functions[] = {
        {"slirp_new", &user_library.new},           {"slirp_cleanup", &user_library.cleanup},
        {"slirp_pollfds_fill", &user_library.fill}, {"slirp_pollfds_poll", &user_library.poll},
        {"slirp_input", &user_library.input},       {"slirp_add_hostfwd", &user_library.forward},
    };

    if (user_library.handle != NULL)
        return 0;
    user_library.handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (user_library.handle == NULL) {
        error_set(err, "needs " LIBRARY ", which Debian has in libslirp0: %.300s", dlerror());
        return -EINVAL;
    }
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *found = dlsym(user_library.handle, functions[i].name);

        if (found == NULL) {
            error_set(err, LIBRARY " has no %s", functions[i].name);
            return -EINVAL;
        }
        memcpy(functions[i].function, &found, sizeof found);
    }
    return 0;
}
