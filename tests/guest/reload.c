/*
 * Text that is loaded again and again: the same frame is written, then executed at one of two
 * addresses, then gone; now and then its memory is retyped, or it stays mapped for writing. Each
 * load returns another number, which is to be that of the bytes written last.
 */
#include "guest.h"

#define LOADS     600
#define POOL_BITS 17

/* word (number): five system calls by libsel4's three instructions, and a constant. */
extern const unsigned char reload_start[], reload_constant[], reload_end[];
__asm__(".pushsection .rodata\n"
        "reload_start:\n"
        "    pushq %rbx\n    pushq %r12\n"
        "    movq %rdi, %rdx\n    movl $5, %r12d\n"
        "1:  movq %rsp, %rbx\n    syscall\n    movq %rbx, %rsp\n"
        "    decl %r12d\n    jnz 1b\n"
        "    .byte 0xb8\n" /* mov $constant, %eax */
        "reload_constant:\n"
        "    .long 0\n"
        "    popq %r12\n    popq %rbx\n    ret\n"
        "reload_end:\n"
        ".popsection\n");

static seL4_CPtr pool, frame;
static char *writable, *places[2];

static void retype(void)
{
    must("revoke", cap_revoke(pool));
    must("retype", seL4_Untyped_Retype(pool, seL4_X86_4K, 0, ROOT, 0, 0, frame, 1));
}

static void write_text(unsigned constant)
{
    char *at = writable + (reload_constant - reload_start);

    memcpy(writable, reload_start, (size_t)(reload_end - reload_start));
    memcpy(at, &constant, sizeof(constant));
}

static unsigned run(char *place)
{
    unsigned (*text)(seL4_Word) = (unsigned (*)(seL4_Word))(seL4_Word)place;

    return text((seL4_Word)seL4_SysYield);
}

static void unmap(seL4_CPtr cap)
{
    must("unmap", seL4_X86_Page_Unmap(cap));
}

int main(void)
{
    unsigned right = 0, again = 0;
    seL4_CPtr second = slot_alloc();

    pool = object_alloc(seL4_UntypedObject, POOL_BITS);
    frame = slot_alloc();
    writable = vspace_reserve(PAGE_SIZE);
    places[0] = vspace_reserve(PAGE_SIZE);
    places[1] = vspace_reserve(PAGE_SIZE);
    retype();
    for (unsigned i = 0; i < LOADS; i++) {
        char *place = places[i / 3 % 2];

        if (i % 7 == 0)
            retype();
        must("write", vspace_map(OWN_VSPACE, frame, (seL4_Word)writable, seL4_AllRights));
        write_text(i);
        if (i % 5 == 0) { /* executed while it can be written, and written then */
            must("copy", seL4_CNode_Copy(ROOT, second, DEPTH, ROOT, frame, DEPTH, seL4_AllRights));
            must("map", vspace_map(OWN_VSPACE, second, (seL4_Word)place, seL4_CanRead));
            right += run(place) == i;
            write_text(i + LOADS);
            again += run(place) == i + LOADS;
            must("delete", cap_delete(second));
        }
        unmap(frame);
        must("map", vspace_map(OWN_VSPACE, frame, (seL4_Word)place, seL4_CanRead));
        right += run(place) == (i % 5 == 0 ? i + LOADS : i);
        unmap(frame);
    }
    guest_printf("loaded %u times: right %u, written while mapped %u\n", LOADS, right, again);
    return 0;
}
