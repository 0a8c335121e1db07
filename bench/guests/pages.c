/*
 * Mapping: a page and a thousand pages, with their first touch, because a mapping that is not there
 * until it is touched would look cheap otherwise.
 *
 * page_map and page_unmap take another page and another frame each time, between pages of other
 * memory; _joining where its frame continues those of both neighbours; _alone where nothing else is
 * for 2 MiB around; _again the same page and frame.
 * Figures named _1000 are for one page of the thousand.
 */
#include "bench.h"

#define MANY        1000
#define STRIDE      389 /* prime to MANY: away from the pages of the last rounds */
#define STRIDE_EVEN 778
#define AREA_BYTES  (4ul << 20)
#define VM          seL4_X86_Default_VMAttributes

static volatile char *area; /* of MANY pages, with page tables and without pages */
static seL4_CPtr frames;    /* MANY of them */

static void map_at(seL4_Word page, seL4_Word i, seL4_CapRights_t rights)
{
    must("map",
         seL4_X86_Page_Map(frames + i, OWN_VSPACE, (seL4_Word)area + page * PAGE_SIZE, rights, VM));
}

static void map(seL4_Word i, seL4_CapRights_t rights)
{
    map_at(i, i, rights);
}

static void unmap(seL4_Word i)
{
    must("unmap", seL4_X86_Page_Unmap(frames + i));
}

/* All memory has been used before: what is measured is mapping it, not the host's finding it. */
static void make_area(void)
{
    frames = slots_alloc(MANY);
    area = vspace_reserve(AREA_BYTES);
    for (seL4_Word i = 0; i < MANY; i++) {
        must("frame", object_try(frames + i, seL4_X86_4K, 0));
        must("map",
             vspace_map(OWN_VSPACE, frames + i, (seL4_Word)area + i * PAGE_SIZE, seL4_AllRights));
        area[i * PAGE_SIZE] = 1;
    }
    for (seL4_Word i = 0; i < MANY; i++)
        unmap(i);
}

static void scattered(const char *map_name, const char *unmap_name, seL4_Word step, bool mirrored)
{
    struct bench *mapped = bench_open(map_name, 1), *unmapped = bench_open(unmap_name, 1);

    for (seL4_Word i = 0; bench_more(mapped); i = (i + step) % MANY) {
        seL4_Word start, frame = mirrored ? MANY - 2 - i : i;

        start = cycles();
        map_at(i, frame, seL4_AllRights);
        area[i * PAGE_SIZE] = 1;
        bench_add(mapped, cycles() - start);
        start = cycles();
        unmap(frame);
        bench_add(unmapped, cycles() - start);
    }
    bench_close(mapped);
    bench_close(unmapped);
}

/* Pages with odd numbers stay while those with even ones come and go. */
static void among_others(void)
{
    for (seL4_Word i = 1; i < MANY; i += 2) {
        map(i, seL4_AllRights);
        area[i * PAGE_SIZE] = 1;
    }
    scattered("page_map", "page_unmap", STRIDE_EVEN, true);
    scattered("page_map_joining", "page_unmap_joining", STRIDE_EVEN, false);
    for (seL4_Word i = 1; i < MANY; i += 2)
        unmap(i);
}

static void again(void)
{
    struct bench *mapped = bench_open("page_map_again", 1);
    struct bench *unmapped = bench_open("page_unmap_again", 1);

    while (bench_more(mapped)) {
        seL4_Word start = cycles();

        map(0, seL4_AllRights);
        area[0] = 1;
        bench_add(mapped, cycles() - start);
        start = cycles();
        unmap(0);
        bench_add(unmapped, cycles() - start);
    }
    bench_close(mapped);
    bench_close(unmapped);
}

static void untouched(void)
{
    struct bench *bench = bench_open("page_map_untouched", 1);

    while (bench_more(bench)) {
        seL4_Word start = cycles();

        map(0, seL4_AllRights);
        bench_add(bench, cycles() - start);
        unmap(0);
    }
    bench_close(bench);
}

static void protection(void)
{
    struct bench *bench = bench_open("page_protect", 1);

    map(0, seL4_AllRights);
    while (bench_more(bench)) {
        seL4_Word start;

        area[0] = 1;
        start = cycles();
        map(0, seL4_CanRead);
        (void)area[0];
        bench_add(bench, cycles() - start);
        map(0, seL4_AllRights);
    }
    unmap(0);
    bench_close(bench);
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
    among_others();
    scattered("page_map_alone", "page_unmap_alone", STRIDE, false);
    again();
    untouched();
    protection();
    thousand();
    large_page();
    return 0;
}
