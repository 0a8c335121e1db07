/*
 * What only the kernel has is its multiboot header: 4-byte aligned within the first 8 KiB of the
 * file (version 1), 8-byte aligned within the first 32 KiB (version 2), with a checksum.
 */
#include "loader/kernel_image.h"

#include <stdint.h>
#include <string.h>

#define MULTIBOOT1_MAGIC 0x1badb002u
#define MULTIBOOT1_SPAN  8192
#define MULTIBOOT2_MAGIC 0xe85250d6u
#define MULTIBOOT2_SPAN  32768

static uint32_t word_at(const uint8_t *bytes, size_t offset)
{
    uint32_t w;

    memcpy(&w, bytes + offset, sizeof(w));
    return w;
}

/* magic, then `terms` words that add up with it to 0 */
static bool has_header(const uint8_t *bytes, size_t size, size_t span, uint32_t magic, int terms)
{
    size_t length = 4u * (size_t)(terms + 1);

    for (size_t at = 0; at + length <= size && at + length <= span; at += 4) {
        uint32_t sum = word_at(bytes, at);

        if (sum != magic) {
            continue;
        }
        for (int i = 1; i <= terms; i++) {
            sum += word_at(bytes, at + 4u * (size_t)i);
        }
        if (sum == 0) {
            return true;
        }
    }
    return false;
}

bool is_kernel_image(const void *bytes, size_t size)
{
    return has_header(bytes, size, MULTIBOOT1_SPAN, MULTIBOOT1_MAGIC, 2) ||
           has_header(bytes, size, MULTIBOOT2_SPAN, MULTIBOOT2_MAGIC, 3);
}
