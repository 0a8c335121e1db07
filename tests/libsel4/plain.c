/*
 * Calls libsel4 as another language does: without its headers, through plain symbols, by the
 * calling convention alone. fake_kernel() is the kernel and records what reaches it.
 *
 * Arguments: the numbers of the system calls Send and Call, and those of the labels that are used.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long word;

struct word_struct { /* how one-word structs go by value */
    word words[1];
};

struct paddr_result {
    int error;
    word paddr;
};

struct trap {
    word cap, info, mr[4], reply, dest;
};

extern void seL4_SetIPCBuffer(void *buffer);
extern struct word_struct seL4_MessageInfo_new(word label, word unwrapped, word caps, word length);
extern word seL4_MessageInfo_get_label(struct word_struct info);
extern void seL4_Send(word dest, struct word_struct info);
extern long seL4_Untyped_Retype(word untyped, word type, word bits, word root, word index,
                                word depth, word offset, word count);
extern long seL4_CNode_Mint(word root, word index, unsigned char depth, word from_root,
                            word from_index, unsigned char from_depth, struct word_struct rights,
                            word badge);
extern struct paddr_result seL4_X86_Page_GetAddress(word page);
extern long seL4_TCB_WriteRegisters(word tcb, signed char resume, unsigned char flags, word count,
                                    const word *regs);
extern long seL4_TCB_ReadRegisters(word tcb, signed char suspend, unsigned char flags, word count,
                                   word *regs);
extern void seL4_InitBootInfo(void *info);
extern void *seL4_GetBootInfo(void);

/* tag, 120 message words, user data, three capabilities, receive path */
static word buffer[128] __attribute__((aligned(1024)));
static word *const message = buffer + 1;
static word *const caps = buffer + 122;

static struct trap seen;
static word seen_number;
static struct trap answer;
static int failures;

void fake_kernel(word number, struct trap *t);
void fake_kernel(word number, struct trap *t)
{
    seen = *t;
    seen_number = number;
    *t = answer;
}

static void expect(const char *what, word actual, word expected)
{
    if (actual == expected)
        return;
    printf("%s is %#lx, not %#lx\n", what, actual, expected);
    failures++;
}

static void clear(void)
{
    memset(buffer, 0, sizeof(buffer));
    memset(&answer, 0, sizeof(answer));
}

static void test_send(word number)
{
    clear();
    for (int i = 0; i < 4; i++)
        message[i] = 100 + (word)i;
    seL4_Send(7, seL4_MessageInfo_new(5, 0, 2, 3));
    expect("send: number", seen_number, number);
    expect("send: cap", seen.cap, 7);
    expect("send: info", seen.info, 5 << 12 | 2 << 7 | 3);
    for (int i = 0; i < 4; i++)
        expect("send: word", seen.mr[i], 100 + (word)i);
}

static void test_retype(word number, word label)
{
    clear();
    expect("retype: error", (word)seL4_Untyped_Retype(9, 1, 2, 3, 4, 5, 6, 8), 0);
    expect("retype: number", seen_number, number);
    expect("retype: cap", seen.cap, 9);
    expect("retype: info", seen.info, label << 12 | 1 << 7 | 6);
    expect("retype: type", seen.mr[0], 1);
    expect("retype: bits", seen.mr[1], 2);
    expect("retype: index", seen.mr[2], 4);
    expect("retype: depth", seen.mr[3], 5);
    expect("retype: offset", message[4], 6);
    expect("retype: count", message[5], 8);
    expect("retype: root", caps[0], 3);
}

/* An error's words are the caller's to read in the IPC buffer. */
static void test_error(void)
{
    clear();
    answer.info = 6ul << 12;
    answer.mr[0] = 0x55;
    answer.mr[3] = 0x77;
    expect("error", (word)seL4_Untyped_Retype(9, 1, 2, 3, 4, 5, 6, 8), 6);
    expect("error: word 0", message[0], 0x55);
    expect("error: word 3", message[3], 0x77);
}

static void test_mint(word label)
{
    struct word_struct rights = {{0xb}};

    clear();
    expect("mint: error", (word)seL4_CNode_Mint(2, 11, 64, 12, 13, 32, rights, 99), 0);
    expect("mint: info", seen.info, label << 12 | 1 << 7 | 6);
    expect("mint: index", seen.mr[0], 11);
    expect("mint: depth", seen.mr[1], 64);
    expect("mint: from", seen.mr[2], 13);
    expect("mint: from depth", seen.mr[3], 32);
    expect("mint: rights", message[4], 0xb);
    expect("mint: badge", message[5], 99);
    expect("mint: from root", caps[0], 12);
}

static void test_address(void)
{
    struct paddr_result result;

    clear();
    answer.mr[0] = 0x123000;
    result = seL4_X86_Page_GetAddress(4);
    expect("address: error", (word)result.error, 0);
    expect("address", result.paddr, 0x123000);
}

static void test_registers(word label)
{
    word regs[20], back[20] = {0};

    clear();
    for (int i = 0; i < 20; i++)
        regs[i] = 1000 + (word)i;
    seL4_TCB_WriteRegisters(3, 1, 2, 20, regs);
    expect("registers: info", seen.info, label << 12 | 22);
    expect("registers: flags", seen.mr[0], 1 | 2 << 8);
    expect("registers: count", seen.mr[1], 20);
    expect("registers: first", seen.mr[2], 1000);
    expect("registers: second", seen.mr[3], 1001);
    for (int i = 2; i < 20; i++)
        expect("registers: word", message[i + 2], regs[i]);

    for (int i = 0; i < 4; i++)
        answer.mr[i] = 2000 + (word)i;
    for (int i = 4; i < 20; i++)
        message[i] = 2000 + (word)i;
    expect("read registers", (word)seL4_TCB_ReadRegisters(3, 0, 0, 20, back), 0);
    for (int i = 0; i < 20; i++)
        expect("read registers: word", back[i], 2000 + (word)i);
}

int main(int argc, char **argv)
{
    word number[5];

    if (argc != 6)
        return 2;
    for (int i = 0; i < 5; i++)
        number[i] = (word)atol(argv[i + 1]);
    seL4_SetIPCBuffer(buffer);
    seL4_InitBootInfo(buffer);
    expect("boot info", (word)seL4_GetBootInfo(), (word)buffer);
    expect("label", seL4_MessageInfo_get_label(seL4_MessageInfo_new(77, 1, 1, 1)), 77);
    test_send(number[0]);
    test_retype(number[1], number[2]);
    test_error();
    test_mint(number[3]);
    test_address();
    test_registers(number[4]);
    return failures ? 1 : 0;
}
