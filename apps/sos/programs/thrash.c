/*
 * thrash [KILOBYTES [ROUNDS]]: writes to more memory than there are frames and looks whether all
 * of it comes back from the disk as it was.
 */
#include "sos.h"

/* A value for each page and round that no other has. */
static unsigned long value_of(unsigned long page, unsigned long round)
{
    return (page + 1) * 0x9e3779b97f4a7c15ul ^ round;
}

static unsigned long wrong_pages(const unsigned long *memory, unsigned long pages,
                                 unsigned long round)
{
    const unsigned long words = SOS_PAGE / sizeof(*memory);
    unsigned long wrong = 0;

    for (unsigned long i = 0; i < pages; i++)
        wrong += memory[i * words] != value_of(i, round) ||
                 memory[i * words + words - 1] != ~value_of(i, round);
    return wrong;
}

int sos_main(int argc, char **argv)
{
    const unsigned long words = SOS_PAGE / sizeof(unsigned long);
    unsigned long kilobytes = 1024, rounds = 2, pages, wrong = 0;
    struct sos_info before, after;
    unsigned long *memory;

    if ((argc > 1 && !sos_number(argv[1], &kilobytes)) ||
        (argc > 2 && !sos_number(argv[2], &rounds))) {
        guest_printf("usage: thrash [KILOBYTES [ROUNDS]]\n");
        return 2;
    }
    pages = kilobytes * 1024 / SOS_PAGE;
    memory = sos_mmap(pages * SOS_PAGE);
    if (!memory)
        return sos_fail("thrash", -SOS_ENOMEM);
    sos_info(&before);
    for (unsigned long round = 0; round < rounds; round++) {
        for (unsigned long i = 0; i < pages; i++) {
            memory[i * words] = value_of(i, round);
            memory[i * words + words - 1] = ~value_of(i, round);
        }
        wrong += wrong_pages(memory, pages, round);
    }
    sos_info(&after);
    guest_printf("%lu pages in %u frames, %lu rounds: %lu wrong\n", pages, after.frames_limit,
                 rounds, wrong);
    guest_printf("paged %s\n", after.page_outs > before.page_outs ? "in and out" : "nothing");
    return wrong != 0;
}
