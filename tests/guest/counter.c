/*
 * The time stamp counter, by both instructions. rdtscp says in ECX what the kernel has put into
 * TSC_AUX: seL4 nothing, so that is not shown.
 */
#include "guest.h"

#define ROUNDS 100
#define OLD    0x0123456789abcdefull

#define RDTSC       "rdtsc"
#define RDTSCP      "rdtscp"
#define RDTSCP_REXW ".byte 0x48, 0x0f, 0x01, 0xf9"

struct reading {
    seL4_Word rax, rcx, rdx, rbx;
    bool carry;
};

#define READ(what, r)                                                                              \
    __asm__ volatile("stc\n\t" what                                                                \
                     : "+a"((r)->rax), "+c"((r)->rcx), "+d"((r)->rdx), "+b"((r)->rbx),             \
                       "=@ccc"((r)->carry))

static seL4_Word value_of(const struct reading *r)
{
    return r->rdx << 32 | r->rax;
}

static const char *yes(bool is_so)
{
    return is_so ? "yes" : "no";
}

static void registers(const char *name, const struct reading *r)
{
    guest_printf("%s: 32 bits in each %s, rbx kept %s, carry kept %s, rcx kept %s\n", name,
                 yes(r->rax >> 32 == 0 && r->rdx >> 32 == 0), yes(r->rbx == OLD), yes(r->carry),
                 yes(r->rcx == OLD));
}

static void order(void)
{
    int ordered = 0;

    for (int n = 0; n < ROUNDS; n++) {
        struct reading first = {0}, second = {0}, third = {0};

        READ(RDTSC, &first);
        READ(RDTSCP, &second);
        READ(RDTSC, &third);
        ordered += value_of(&first) < value_of(&second) && value_of(&second) < value_of(&third);
    }
    guest_printf("in order: %d of %d\n", ordered, ROUNDS);
}

int main(void)
{
    struct reading r;

    r = (struct reading){OLD, OLD, OLD, OLD, false};
    READ(RDTSC, &r);
    registers("rdtsc", &r);
    r = (struct reading){OLD, OLD, OLD, OLD, false};
    READ(RDTSCP, &r);
    registers("rdtscp", &r);
    r = (struct reading){OLD, OLD, OLD, OLD, false};
    READ(RDTSCP_REXW, &r);
    registers("rex.w rdtscp", &r);
    order();
    return 0;
}
