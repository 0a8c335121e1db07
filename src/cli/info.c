/*
 * sel4ux info IMAGE: what `run` would boot, and why each part of the configuration is as it is.
 */
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/image_args.h"

static const struct arg_flag flags[] = {IMAGE_FLAGS};

static const char *type_name(uint32_t type)
{
    switch (type) {
    case PT_LOAD:
        return "LOAD";
    case PT_TLS:
        return "TLS";
    case PT_NOTE:
        return "NOTE";
    case PT_PHDR:
        return "PHDR";
    case PT_GNU_RELRO:
        return "RELRO";
    case PT_GNU_STACK:
        return "STACK";
    case PT_GNU_EH_FRAME:
        return "EH_FRAME";
    default:
        return "other";
    }
}

static void print_image(const struct image *image, const struct image_args *args)
{
    uint64_t size = image->vaddr_end - image->vaddr_start;

    printf("image\n");
    printf("  file     %s (%zu bytes)\n", args->path, image->file_size);
    printf("  entry    0x%" PRIx64 "\n", image->entry);
    printf("  memory   0x%" PRIx64 " to 0x%" PRIx64 ": %" PRIu64 " KiB, %" PRIu64 " pages\n",
           image->vaddr_start, image->vaddr_end, size >> 10, size >> 12);
    printf("  machine  %" PRIu64 " MiB of memory (%s)\n", args->memory >> 20,
           args->memory == MEMORY_DEFAULT ? "the default; sparse" : "--mem");

    printf("\nsegments\n");
    printf("  %-8s %-18s %-18s %12s %12s  %s\n", "type", "start", "end", "file bytes",
           "memory bytes", "flags");
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *s = &image->segment[i];

        printf("  %-8s 0x%-16" PRIx64 " 0x%-16" PRIx64 " %12" PRIu64 " %12" PRIu64 "  %c%c%c\n",
               type_name(s->type), s->vaddr, s->vaddr + s->memsz, s->filesz, s->memsz,
               s->flags & IMAGE_READ ? 'r' : '-', s->flags & IMAGE_WRITE ? 'w' : '-',
               s->flags & IMAGE_EXECUTE ? 'x' : '-');
    }
}

static const char *reason(const struct config_origin *origin, size_t i)
{
    switch (origin->source[i]) {
    case CONFIG_SET:
        return "--set";
    case CONFIG_FILE:
        return "the file";
    case CONFIG_ABSENT:
        return "not in the file: off";
    case CONFIG_DEFAULT:
    default:
        return origin->path[0] || origin->carried ? "default; not in the file" : "default";
    }
}

static void print_config(const struct kernel_config *config, const struct config_origin *origin)
{
    printf("\nkernel configuration\n");
    if (origin->path[0]) {
        printf("  file     %s (%s)\n", origin->path,
               origin->given ? "--config" : "found near the image");
    } else if (origin->carried) {
        printf("  file     in the image itself\n");
    } else {
        printf("  file     none found near the image: an x86_64 debug kernel without MCS is "
               "assumed\n");
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char value[OPTION_VALUE_SIZE];

        option_print(config, i, value);
        printf("  %-34s %-12s %s\n", option_name(i), value, reason(origin, i));
    }
}

static void print_labels(const struct abi *abi, const struct config_origin *origin)
{
    unsigned int count = 0;

    for (size_t i = 0; i < ABI_MAX_LABEL; i++) {
        count += abi->invocation[i] != INV_INVALID;
    }
    printf("\ninvocation labels\n  %u invocations, ", count);
    switch (origin->labels) {
    case LABELS_FROM_FILE:
        printf("from %s", origin->labels_path);
        if (origin->labels_unknown) {
            printf(" (and %zu that sel4ux does not know)", origin->labels_unknown);
        }
        printf("\n");
        break;
    case LABELS_OVERRIDDEN:
        printf("computed from the configuration: --set changes the labels of\n  %s\n",
               origin->labels_path);
        break;
    case LABELS_COMPUTED:
    default:
        printf("computed from the configuration (seL4 16.0)\n");
        break;
    }
}

static int load_and_print(const struct image_args *args, struct error *err)
{
    struct image_setup *setup = calloc(1, sizeof(*setup));
    int r;

    if (!setup) {
        return error_errno(err, ENOMEM, "cannot load the image");
    }
    r = image_setup_load(setup, args, "info", err);
    if (!r) {
        print_image(&setup->image, args);
        print_config(&setup->config, &setup->origin);
        print_labels(&setup->abi, &setup->origin);
    }
    image_free(&setup->image);
    free(setup);
    return r;
}

int cmd_info(struct cli *cli, int argc, char **argv)
{
    struct image_args image;
    struct error err = {{0}};
    struct args args;
    int id = ARG_END, r;

    r = image_args_init(&image, argc, &err);
    args_init(&args, flags, sizeof(flags) / sizeof(flags[0]), argc, argv);
    while (!r && (id = args_next(&args, &err)) != ARG_END && id != FLAG_HELP) {
        r = id == ARG_BAD ? -EINVAL : image_args_take(&image, id, args.value, &err);
    }
    if (!r && id == FLAG_HELP) {
        help_print(stdout, "info");
    } else if (!r) {
        r = load_and_print(&image, &err);
    }
    image_args_free(&image);
    if (r) {
        log_error(&cli->log, "%s", err.message);
        return r == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
    }
    return cli_finish_output(cli);
}
