/*
 * The memory and string functions that the compiler and the guests call.
 */
#include "guest.h"

/* String instructions, for compilers turn loops that copy or fill into calls of these functions. */
void *memcpy(void *to, const void *from, size_t bytes)
{
    void *t = to;

    __asm__ volatile("rep movsb" : "+D"(t), "+S"(from), "+c"(bytes) : : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    char *t = (char *)to + bytes - 1;
    const char *f = (const char *)from + bytes - 1;

    if ((char *)to <= (const char *)from || bytes == 0)
        return memcpy(to, from, bytes);
    __asm__ volatile("std; rep movsb; cld" : "+D"(t), "+S"(f), "+c"(bytes) : : "memory");
    return to;
}

void *memset(void *to, int byte, size_t bytes)
{
    void *t = to;

    __asm__ volatile("rep stosb" : "+D"(t), "+c"(bytes) : "a"(byte) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const unsigned char *x = a, *y = b;

    for (; bytes; bytes--, x++, y++) {
        if (*x != *y)
            return *x - *y;
    }
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}
