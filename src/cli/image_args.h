/*
 * What run and info have in common: an image, the machine's memory, and the kernel configuration.
 */
#ifndef SEL4UX_CLI_IMAGE_ARGS_H
#define SEL4UX_CLI_IMAGE_ARGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/args.h"
#include "loader/config.h"
#include "loader/elf.h"

#define MEMORY_DEFAULT (3ull << 30)

enum image_flag_id { FLAG_HELP = 1, FLAG_CONFIG, FLAG_SET, FLAG_MEMORY, FLAG_OWN };

/* The flags that both have; a subcommand's own ids start at FLAG_OWN. */
#define IMAGE_FLAGS                                                                                \
    {"help", 'h', false, FLAG_HELP}, {"config", 'c', true, FLAG_CONFIG},                           \
        {"set", 's', true, FLAG_SET},                                                              \
    {                                                                                              \
        "mem", 'm', true, FLAG_MEMORY                                                              \
    }

struct image_args {
    const char *path;
    const char *config_path;
    const char **set; /* room for one per argument; owned */
    size_t set_count;
    uint64_t memory; /* bytes */
};

/* What follows from the arguments and the files that they name. */
struct image_setup {
    struct image image;
    struct kernel_config config;
    struct abi abi;
    struct config_origin origin;
};

int image_args_init(struct image_args *args, int argc, struct error *err);
void image_args_free(struct image_args *args);

/* Takes FLAG_CONFIG ... FLAG_MEMORY or ARG_WORD with its value. */
int image_args_take(struct image_args *args, int id, const char *value, struct error *err);

/*
 * Loads the image and its configuration, and checks that the image fits the memory. Free with
 * image_free(&setup->image) whatever it returned. -errno means that the input is wrong.
 */
int image_setup_load(struct image_setup *setup, const struct image_args *args, const char *command,
                     struct error *err);

#endif
