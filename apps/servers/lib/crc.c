/* CRC-32, eight bytes at a time: tables[k] is what a byte does k bytes further on. See crc.h. */
#include "crc.h"

#define POLYNOMIAL 0xedb88320u

static uint32_t tables[8][256];

static void make_tables(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;

        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
        tables[0][byte] = crc;
    }
    for (int k = 1; k < 8; k++) {
        for (uint32_t byte = 0; byte < 256; byte++)
            tables[k][byte] = tables[0][tables[k - 1][byte] & 0xff] ^ tables[k - 1][byte] >> 8;
    }
}

static uint32_t eight(uint32_t crc, const unsigned char *at)
{
    uint32_t result = 0;

    for (int i = 0; i < 4; i++)
        result ^= tables[7 - i][(at[i] ^ crc >> 8 * i) & 0xff];
    for (int i = 4; i < 8; i++)
        result ^= tables[7 - i][at[i]];
    return result;
}

uint32_t crc32_of(uint32_t crc, const void *data, size_t bytes)
{
    const unsigned char *at = data;

    if (tables[0][1] == 0)
        make_tables();
    crc = ~crc;
    for (; bytes >= 8; bytes -= 8, at += 8)
        crc = eight(crc, at);
    for (; bytes; bytes--, at++)
        crc = tables[0][(crc ^ *at) & 0xff] ^ crc >> 8;
    return ~crc;
}
