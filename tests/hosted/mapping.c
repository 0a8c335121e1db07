/*
 * Pages are mapped into the process itself, where Linux has nothing yet; where it has something,
 * the guest hears seL4_DeleteFirst and the process keeps what it had.
 */
#include "guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define AT    0x20000000ul
#define HINT  0x30000000ul
#define LARGE (2ul << 20)

static void share(void)
{
    seL4_CPtr frame, copy;
    char *a = page_alloc(&frame), *b = (char *)AT;

    copy = cap_copy(frame, seL4_AllRights);
    report("map a copy", vspace_map(OWN_VSPACE, copy, AT, seL4_CanRead));
    strcpy(a, "the same memory");
    printf("%s\n", b);
    report("unmap it", seL4_X86_Page_Unmap(copy));
    printf("Linux has nothing there: %d\n", msync(b, PAGE_SIZE, MS_ASYNC) != 0);
    report("map it again", vspace_map(OWN_VSPACE, copy, AT, seL4_AllRights));
    strcpy(b, "and again");
    printf("%s\n", a);
    report("delete it", cap_delete(copy));
    printf("Linux has nothing there: %d\n", msync(b, PAGE_SIZE, MS_ASYNC) != 0);
}

static void conflict(void)
{
    seL4_CPtr frame = object_alloc(seL4_X86_4K, 0);
    char *own = mmap((void *)HINT, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                     -1, 0); /* seL4's user addresses end at 2^47, Linux's need not */

    strcpy(own, "still here");
    report("where the process has something",
           vspace_map(OWN_VSPACE, frame, (seL4_Word)own, seL4_AllRights));
    printf("%s\n", own);
    munmap(own, PAGE_SIZE);
    report("where it had something", vspace_map(OWN_VSPACE, frame, (seL4_Word)own, seL4_AllRights));
    printf("it is a new page: %d\n", own[0] == 0);
}

static void large(void)
{
    seL4_CPtr frame = object_alloc(seL4_X86_LargePageObject, 0);
    char *at = vspace_reserve(LARGE);

    report("map 2 MiB", vspace_map(OWN_VSPACE, frame, (seL4_Word)at, seL4_AllRights));
    memset(at, 1, LARGE);
    printf("last byte %d\n", at[LARGE - 1]);
    report("unmap them", seL4_X86_Page_Unmap(frame));
}

int main(void)
{
    share();
    conflict();
    large();
    return 0;
}
