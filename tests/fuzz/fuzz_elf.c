/*
 * Fuzzes what reads files of others: the input as an ELF image, as a gen_config.json, and as an
 * invocations_all.json. What is accepted must hold what the loader's headers promise.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config.h"
#include "loader/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define USER_TOP 0x00007ffffffff000ull

static volatile uint8_t sink;

static void check(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

static void check_message(int r, const struct error *err)
{
    check(r <= 0, "0 or -errno");
    check((r == 0) == (err->message[0] == 0), "a message exactly when it failed");
    check(memchr(err->message, 0, sizeof(err->message)) != NULL, "a terminated message");
    check(strchr(err->message, '\n') == NULL, "a message of one line");
}

static void check_image(const struct image *image, const uint8_t *data, size_t size)
{
    int entry_inside = 0;

    check(image->segment_count > 0 && image->segment_count <= IMAGE_MAX_SEGMENTS, "segment count");
    check(image->vaddr_start % 4096 == 0 && image->vaddr_end % 4096 == 0, "page alignment");
    check(image->vaddr_start < image->vaddr_end && image->vaddr_end <= USER_TOP - 8192, "bounds");
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *s = &image->segment[i];

        check(s->memsz > 0 && s->filesz <= s->memsz, "sizes");
        check(s->vaddr >= image->vaddr_start && s->vaddr <= image->vaddr_end, "start in bounds");
        check(s->memsz <= image->vaddr_end - s->vaddr, "end in bounds");
        check(s->data >= data && (size_t)(s->data - data) <= size, "data in the file");
        check(s->filesz <= size - (size_t)(s->data - data), "data ends in the file");
        entry_inside |= image->entry >= s->vaddr && image->entry - s->vaddr < s->memsz;
        for (uint64_t b = 0; b < s->filesz; b++) {
            sink ^= s->data[b];
        }
    }
    check(entry_inside, "entry in a segment");
}

static void try_image(const uint8_t *data, size_t size)
{
    static struct image image;
    struct error err = {{0}};
    int r = image_parse(&image, data, size, &err);

    check_message(r, &err);
    if (!r) {
        check_image(&image, data, size);
    }
}

static void try_labels(const struct kernel_config *config, const uint8_t *data, size_t size)
{
    struct error err = {{0}};
    struct abi abi;
    size_t unknown;
    int r;

    abi_init(&abi, config);
    r = labels_parse(&abi, config, data, size, &unknown, &err);
    check_message(r, &err);
    for (size_t i = 0; i < ABI_MAX_LABEL; i++) {
        check(abi.invocation[i] < INV_COUNT, "known invocations only");
    }
    check(abi.invocation[0] == INV_INVALID, "label 0 is invalid");
}

static void try_config(const uint8_t *data, size_t size)
{
    static struct config_origin origin;
    struct kernel_config config;
    struct error err = {{0}};
    int r = config_parse(&config, &origin, data, size, &err);

    check_message(r, &err);
    if (!r) {
        r = options_check(&config, &err);
        check_message(r, &err);
    }
    if (!r) {
        check(config.num_domains >= 1 && config.num_domains <= CONFIG_MAX_DOMAINS, "domains");
        check(config.root_cnode_bits >= 7 && config.root_cnode_bits <= 26, "root CNode");
        check(config.time_slice > 0 && config.timer_tick_ms > 0, "time");
        check(config.num_nodes == 1, "nodes");
        try_labels(&config, data, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kernel_config config;

    try_image(data, size);
    try_config(data, size);
    options_default(&config);
    try_labels(&config, data, size);
    return 0;
}
