/*
 * One instruction, decoded: all that emulating an access to device registers needs, and where in
 * memory it reads and writes.
 *
 * Decoding is Zydis's work, and Zydis can't live in the freestanding stub; so decoded instructions
 * are cached in the machine, keyed by their bytes, and who lacks one asks its environment.
 */
#ifndef SEL4UX_MACHINE_ACCESS_H
#define SEL4UX_MACHINE_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#define INSTRUCTION_MAX 15

enum access_kind {
    ACCESS_UNKNOWN, /* can't be emulated (or is no instruction at all) */
    ACCESS_LOAD,    /* register = memory, zero or sign extended */
    ACCESS_STORE,   /* memory = register or immediate */
    ACCESS_AND,     /* arithmetic; `to_memory` says which side the result goes to */
    ACCESS_OR,
    ACCESS_XOR,
    ACCESS_ADD,
    ACCESS_SUB,
    ACCESS_CMP,
    ACCESS_TEST,
};

#define ACCESS_IMMEDIATE 0xff

/* A register that an address is made of, beside 0 to 15. */
#define ACCESS_NO_REGISTER 0xff
#define ACCESS_RIP         0xfe

enum access_segment { SEGMENT_FLAT, SEGMENT_FS, SEGMENT_GS };

struct access_memory {
    uint8_t base, index, scale;
    uint8_t segment; /* enum access_segment */
    uint8_t size;    /* bytes; more count as 255 */
    bool reads, writes;
    bool is_narrow; /* 32-bit address */
    int64_t displacement;
};

#define ACCESS_MEMORY_MAX 2

struct access {
    uint8_t bytes[INSTRUCTION_MAX]; /* the key */
    uint8_t length;                 /* bytes; 0: not an instruction */
    uint8_t kind;                   /* enum access_kind */
    uint8_t width;                  /* bytes in memory: 1, 2, 4, 8 */
    uint8_t reg;                    /* 0 to 15 in x86 numbering; ACCESS_IMMEDIATE */
    uint8_t reg_width;              /* bytes of the register operand: differs for extensions */
    bool reg_high;                  /* AH, CH, DH or BH */
    bool sign_extend;
    bool to_memory; /* writes memory */
    bool swapped;   /* CMP and SUB: the memory operand is the second one */
    uint8_t memory_count;
    struct access_memory memory[ACCESS_MEMORY_MAX];
    uint64_t immediate;
};

#define ACCESS_CACHE_SIZE 64

/* Filled by whoever holds the CPU token. */
struct access_cache {
    struct access entry[ACCESS_CACHE_SIZE];
    uint32_t next; /* replaced round robin */
};

#endif
