/*
 * The program's own code, which alone may be interrupted at any instruction: in the C library, in a
 * sanitizer's runtime or in here, the thread may hold a lock that the next one wants, too.
 *
 * It is the executable's text without our own, which the linker puts in a section of its own. Where
 * libraries are linked statically, objects before and behind the program's own mark its ends
 * (marks.S); without those all of the executable's text counts as the program's.
 */
#include "hosted/hosted.h"

#include <link.h>

struct text {
    uint64_t start, end;
};

extern const char __start_sel4ux_text[], __stop_sel4ux_text[];

/* The marks: for each section that compilers put text into. */
#define MARK(name)                                                                                 \
    extern const char sel4ux_begin_##name[] __attribute__((weak));                                 \
    extern const char sel4ux_end_##name[] __attribute__((weak));
MARK(text)
MARK(startup)
MARK(hot)
MARK(unlikely)

static struct text guest[4];

static int find_segment(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    (void)argument;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];

        if (p->p_type == PT_LOAD && (p->p_flags & PF_X) != 0)
            guest[0] = (struct text){info->dlpi_addr + p->p_vaddr,
                                     info->dlpi_addr + p->p_vaddr + p->p_memsz};
    }
    return 1; /* the executable is the first */
}

#define BETWEEN(name)                                                                              \
    {                                                                                              \
        (uint64_t) sel4ux_begin_##name, (uint64_t)sel4ux_end_##name                                \
    }

void guest_text_find(void)
{
    struct text marked[] = {BETWEEN(text), BETWEEN(startup), BETWEEN(hot), BETWEEN(unlikely)};

    if (marked[0].start == 0 || marked[0].end == 0) {
        dl_iterate_phdr(find_segment, NULL);
        return;
    }
    for (size_t i = 0; i < sizeof guest / sizeof guest[0]; i++)
        guest[i] = marked[i];
}

bool guest_text_has(uint64_t pc)
{
    if (pc >= (uint64_t)__start_sel4ux_text && pc < (uint64_t)__stop_sel4ux_text)
        return false;
    for (size_t i = 0; i < sizeof guest / sizeof guest[0]; i++) {
        if (pc >= guest[i].start && pc < guest[i].end)
            return true;
    }
    return false;
}
