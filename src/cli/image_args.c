/*
 * Everything that can be wrong with the input is found here, before anything is started.
 */
#include "cli/image_args.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/note.h"

#define MEMORY_MIN (16ull << 20)
#define MEMORY_MAX (64ull << 30) /* what a machine's memory file is laid out for */

int image_args_init(struct image_args *args, int argc, struct error *err)
{
    *args = (struct image_args){.memory = MEMORY_DEFAULT};
    args->set = calloc((size_t)argc + 1, sizeof(*args->set));
    return args->set ? 0 : error_errno(err, ENOMEM, "cannot read the arguments");
}

void image_args_free(struct image_args *args)
{
    free(args->set);
    args->set = NULL;
}

static int take_memory(struct image_args *args, const char *text, struct error *err)
{
    unsigned long long bytes = 0;

    if (parse_size(text, &bytes) == -EINVAL) {
        error_set(err, "--mem %.40s: must be a size such as 512M or 3G", text);
        return -EINVAL;
    }
    if (bytes < MEMORY_MIN || bytes > MEMORY_MAX) {
        error_set(err, "--mem %.40s: must be between %lluM and %lluG", text, MEMORY_MIN >> 20,
                  MEMORY_MAX >> 30);
        return -EINVAL;
    }
    if (bytes % 4096) {
        error_set(err, "--mem %.40s: must be a multiple of 4096 bytes", text);
        return -EINVAL;
    }
    args->memory = bytes;
    return 0;
}

int image_args_take(struct image_args *args, int id, const char *value, struct error *err)
{
    switch (id) {
    case FLAG_CONFIG:
        args->config_path = value;
        return 0;
    case FLAG_SET:
        args->set[args->set_count++] = value;
        return 0;
    case FLAG_MEMORY:
        return take_memory(args, value, err);
    default:
        if (args->path) {
            error_set(err,
                      "one image at a time: '%.200s' is one too many (a kernel's image is not "
                      "needed; options go before it or after it, with two dashes)",
                      value);
            return -EINVAL;
        }
        args->path = value;
        return 0;
    }
}

int image_setup_load(struct image_setup *setup, const struct image_args *args, const char *command,
                     struct error *err)
{
    struct config_request request = {
        .image_path = args->path,
        .config_path = args->config_path,
        .set = args->set,
        .set_count = args->set_count,
    };
    uint64_t size;
    int r;

    memset(setup, 0, sizeof(*setup));
    if (!args->path || !args->path[0]) {
        error_set(err, "%s needs an image; see 'sel4ux %s --help'", command, command);
        return -EINVAL;
    }
    r = image_load(&setup->image, args->path, err);
    if (r) {
        return r;
    }
    size = setup->image.vaddr_end - setup->image.vaddr_start;
    if (size >= args->memory) {
        error_set(err,
                  "%s: needs %" PRIu64 " MiB for itself, but the machine has %" PRIu64
                  " MiB; give it more with --mem",
                  args->path, (size + (1 << 20) - 1) >> 20, args->memory >> 20);
        return -ENOSPC;
    }
    request.carried = note_config(&setup->image, &request.carried_size);
    return config_load(&setup->config, &setup->abi, &setup->origin, &request, err);
}
