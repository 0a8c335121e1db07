/*
 * Upstream's build puts the kernel's configuration into kernel/gen_config/kernel/ and the labels
 * into kernel/generated/ of the build folder; a kernel built alone drops the first "kernel"; and
 * people copy both files beside an image. Installed headers have it in include/kernel/.
 */
#include "loader/discover.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool join(char *path, size_t size, const char *folder, const char *name)
{
    int n = snprintf(path, size, "%s/%s", folder, name);

    return n > 0 && (size_t)n < size && access(path, F_OK) == 0;
}

/* Cuts the last component off; false when none is left. */
static bool to_parent(char *folder)
{
    char *slash = strrchr(folder, '/');

    if (!slash) {
        return false;
    }
    *slash = 0;
    return true;
}

static bool folder_of(const char *path, char folder[PATH_MAX])
{
    char text[PATH_MAX];
    char *slash;

    if (strlen(path) >= sizeof(text)) {
        return false;
    }
    strcpy(text, path);
    slash = strrchr(text, '/');
    if (!slash) {
        strcpy(text, ".");
    } else {
        slash[slash == text] = 0; /* keep the slash of "/image" */
    }
    return realpath(text, folder) != NULL;
}

bool discover_config_in(const char *folder, char *path, size_t size)
{
    static const char *const place[] = {
        "kernel/gen_config/kernel/gen_config.json",
        "gen_config/kernel/gen_config.json",
        "gen_config.json",
        "include/kernel/gen_config.json",
    };

    for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
        if (join(path, size, folder, place[i])) {
            return true;
        }
    }
    return false;
}

bool discover_config(const char *image_path, char *path, size_t size)
{
    char folder[PATH_MAX];

    if (!folder_of(image_path, folder)) {
        return false;
    }
    for (int level = 0; level <= DISCOVER_PARENTS; level++) {
        if (discover_config_in(folder, path, size)) {
            return true;
        }
        if (!to_parent(folder)) {
            break;
        }
    }
    return false;
}

bool discover_kernel(const char *image_path)
{
    static const char *const name[] = {
        "kernel-x86_64-pc99",
        "kernel.elf",
        "sel4.elf",
        "sel4_32.elf",
    };
    char folder[PATH_MAX], path[PATH_MAX];

    if (!folder_of(image_path, folder)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
        if (join(path, sizeof(path), folder, name[i])) {
            return true;
        }
    }
    return false;
}

bool discover_labels(const char *config_path, char *path, size_t size)
{
    static const char *const place[] = {
        "invocations_all.json",
        "../../generated/invocations_all.json",
    };
    char folder[PATH_MAX], found[PATH_MAX];

    if (!folder_of(config_path, folder)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
        char candidate[PATH_MAX];

        if (join(candidate, sizeof(candidate), folder, place[i]) && realpath(candidate, found) &&
            strlen(found) < size) {
            strcpy(path, found);
            return true;
        }
    }
    return false;
}
