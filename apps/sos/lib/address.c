/* IPv4 addresses as text. */
#include "sos.h"

bool sos_address(const char *text, unsigned long *address)
{
    *address = 0;
    for (int i = 0; i < 4; i++) {
        unsigned long byte = 0;
        const char *start;

        if (i && *text++ != '.')
            return false;
        for (start = text; *text >= '0' && *text <= '9' && byte < 256; text++)
            byte = byte * 10 + (unsigned long)(*text - '0');
        if (text == start || byte > 255)
            return false;
        *address = *address << 8 | byte;
    }
    return *text == 0;
}

void sos_print_address(unsigned long address)
{
    guest_printf("%lu.%lu.%lu.%lu", address >> 24 & 255, address >> 16 & 255, address >> 8 & 255,
                 address & 255);
}
