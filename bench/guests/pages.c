/*
 * Mapping: a page and a thousand pages, with their first touch, because a mapping that is not there
 * until it is touched would look cheap otherwise.
 *
 * Figures named _1000 are for one page of the thousand.
 */
#include "bench.h"

#define MANY       1000
#define AREA_BYTES (4ul << 20)
#define VM         seL4_X86_Default_VMAttributes

static volatile char *area; /* of MANY pages, with page tables and without pages */
static seL4_CPtr frames;    /* MANY of them */

static void map(seL4_Word i, seL4_CapRights_t rights)
{
    must("map",
         seL4_X86_Page_Map(frames + i, OWN_VSPACE, (seL4_Word)area + i * PAGE_SIZE, rights, VM));
}

static void unmap(seL4_Word i)
{
    must("unmap", seL4_X86_Page_Unmap(frames + i));
}

static void make_area(void)
{
    frames = slots_alloc(MANY);
    area = vspace_reserve(AREA_BYTES);
    for (seL4_Word i = 0; i < MANY; i++) {
        must("frame", object_try(frames + i, seL4_X86_4K, 0));
        if (i == 0 || i == MANY - 1 || i % 512 == 0) {
            must("tables", vspace_map(OWN_VSPACE, frames + i, (seL4_Word)area + i * PAGE_SIZE,
                                      seL4_AllRights));
            unmap(i);
        }
    }
}

static void single(void)
{
    struct bench *mapped = bench_open("page_map", 1), *unmapped = bench_open("page_unmap", 1);
    struct bench *untouched = bench_open("page_map_untouched", 1);
    struct bench *protected = bench_open("page_protect", 1);

    while (bench_more(mapped)) {
        seL4_Word start = cycles();

        map(0, seL4_AllRights);
        area[0] = 1;
        bench_add(mapped, cycles() - start);
        start = cycles();
        map(0, seL4_CanRead);
        (void)area[0];
        bench_add(protected, cycles() - start);
        start = cycles();
        unmap(0);
        bench_add(unmapped, cycles() - start);
        start = cycles();
        map(0, seL4_AllRights);
        bench_add(untouched, cycles() - start);
        unmap(0);
    }
    bench_close(mapped);
    bench_close(unmapped);
    bench_close(untouched);
    bench_close(protected);
}

static void touch_all(void)
{
    for (seL4_Word i = 0; i < MANY; i++)
        (void)area[i * PAGE_SIZE];
}

static void thousand(void)
{
    struct bench *mapped = bench_open("page_map_1000", MANY);
    struct bench *unmapped = bench_open("page_unmap_1000", MANY);
    struct bench *protected = bench_open("page_protect_1000", MANY);

    while (bench_more(mapped)) {
        seL4_Word start = cycles();

        for (seL4_Word i = 0; i < MANY; i++)
            map(i, seL4_AllRights);
        for (seL4_Word i = 0; i < MANY; i++)
            area[i * PAGE_SIZE] = 1;
        bench_add(mapped, cycles() - start);
        start = cycles();
        for (seL4_Word i = 0; i < MANY; i++)
            map(i, seL4_CanRead);
        touch_all();
        bench_add(protected, cycles() - start);
        start = cycles();
        for (seL4_Word i = 0; i < MANY; i++)
            unmap(i);
        bench_add(unmapped, cycles() - start);
    }
    bench_close(mapped);
    bench_close(unmapped);
    bench_close(protected);
}

static void large_page(void)
{
    seL4_CPtr frame = object_alloc(seL4_X86_LargePageObject, 0);
    volatile char *page = vspace_reserve(1ul << seL4_LargePageBits);
    struct bench *bench = bench_open("page_map_2m", 1);

    must("tables", vspace_map(OWN_VSPACE, frame, (seL4_Word)page, seL4_AllRights));
    must("unmap", seL4_X86_Page_Unmap(frame));
    while (bench_more(bench)) {
        seL4_Word start = cycles();

        must("map", seL4_X86_Page_Map(frame, OWN_VSPACE, (seL4_Word)page, seL4_AllRights, VM));
        page[0] = 1;
        bench_add(bench, cycles() - start);
        must("unmap", seL4_X86_Page_Unmap(frame));
    }
    bench_close(bench);
}

int main(void)
{
    bench_init();
    make_area();
    single();
    thousand();
    large_page();
    return 0;
}
