/* The CRC-32 of zlib, PNG and Ethernet. Begin with 0; the result goes on with the next bytes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

uint32_t crc32_of(uint32_t crc, const void *data, size_t bytes);
