/*
 * The C library's functions on memory, as stub/string.c has them for x86_64: what the machine does
 * with them is hidden from sanitizers. Assembler, since the compiler would turn a loop in memcpy()
 * into a call of memcpy().
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *at = to;
    uint64_t a, b;

    for (; size >= 16; size -= 16)
        __asm__ volatile("ldp %2, %3, [%1], #16\n\t"
                         "stp %2, %3, [%0], #16"
                         : "+r"(at), "+r"(from), "=&r"(a), "=&r"(b)
                         :
                         : "memory");
    for (; size > 0; size--)
        __asm__ volatile("ldrb %w2, [%1], #1\n\t"
                         "strb %w2, [%0], #1"
                         : "+r"(at), "+r"(from), "=&r"(a)
                         :
                         : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    char *at = (char *)to + size;
    const char *last = (const char *)from + size;
    uint64_t a;

    if ((uintptr_t)to - (uintptr_t)from >= size)
        return memcpy(to, from, size);
    for (; size > 0; size--)
        __asm__ volatile("ldrb %w2, [%1, #-1]!\n\t"
                         "strb %w2, [%0, #-1]!"
                         : "+r"(at), "+r"(last), "=&r"(a)
                         :
                         : "memory");
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    uint64_t pattern = (uint8_t)byte * 0x0101010101010101ull;
    void *at = to;

    for (; size >= 16; size -= 16)
        __asm__ volatile("stp %1, %1, [%0], #16" : "+r"(at) : "r"(pattern) : "memory");
    for (; size > 0; size--)
        __asm__ volatile("strb %w1, [%0], #1" : "+r"(at) : "r"(pattern) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *x = a, *y = b;

    for (size_t i = 0; i < size; i++) {
        if (x[i] != y[i])
            return x[i] - y[i];
    }
    return 0;
}
