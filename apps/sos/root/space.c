/* Address spaces with demand paging, see space.h. */
#include "space.h"
#include "disk.h"
#include "file.h"
#include "frame.h"

#define TABLE_ENTRIES 512
#define TABLE_BYTES   (TABLE_ENTRIES * SOS_PAGE)
#define MAX_TABLES    512

/* Where a page is: a number and what it is the number of. Zero: the page has not been used yet. */
enum where { NOWHERE, IN_FRAME, ON_DISK };
#define ENTRY(where, number) ((number) << 2 | (where))
#define ENTRY_WHERE(entry)   ((enum where)((entry)&3))
#define ENTRY_NUMBER(entry)  ((entry) >> 2)

struct table {
    unsigned int entries[TABLE_ENTRIES];
};

static struct table tables[MAX_TABLES]; /* [0] is not used */
static bool table_taken[MAX_TABLES];
static unsigned int tables_used;

unsigned int space_tables_used(void)
{
    return tables_used;
}

static unsigned short table_alloc(void)
{
    for (unsigned short i = 1; i < MAX_TABLES; i++) {
        if (!table_taken[i]) {
            table_taken[i] = true;
            tables_used++;
            memset(&tables[i], 0, sizeof(tables[i]));
            return i;
        }
    }
    return 0;
}

/* The entry of an address; NULL when there is no table and none is wanted or to be had. */
static unsigned int *entry_of(struct space *space, seL4_Word address, bool make)
{
    unsigned short *table = &space->tables[address / TABLE_BYTES];

    if (*table == 0 && make)
        *table = table_alloc();
    return *table ? &tables[*table].entries[address / SOS_PAGE % TABLE_ENTRIES] : NULL;
}

/* -------------------------------------------------------------- regions */

bool space_create(struct space *space, struct bank *bank)
{
    memset(space, 0, sizeof(*space));
    space->bank = bank;
    space->vspace = bank_alloc(bank, seL4_X64_PML4Object, 0);
    return space->vspace &&
           seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, space->vspace) == seL4_NoError;
}

struct region *space_region(struct space *space, seL4_Word start, seL4_Word end, bool writable)
{
    struct region *free = NULL;

    for (struct region *r = space->regions; r < space->regions + SPACE_REGIONS; r++) {
        if (r->end == 0)
            free = r;
        else if (start < r->end && r->start < end)
            return NULL;
    }
    if (free)
        *free = (struct region){.start = start, .end = end, .writable = writable};
    return free;
}

struct region *space_find(struct space *space, seL4_Word address)
{
    for (struct region *r = space->regions; r < space->regions + SPACE_REGIONS; r++) {
        if (r->start <= address && address < r->end)
            return r;
    }
    return NULL;
}

static void discard_page(struct space *space, unsigned int *entry)
{
    switch (ENTRY_WHERE(*entry)) {
    case IN_FRAME:
        frame_free(frame_at(ENTRY_NUMBER(*entry)));
        space->resident--;
        break;
    case ON_DISK:
        block_free(ENTRY_NUMBER(*entry));
        space->swapped--;
        break;
    case NOWHERE:
        break;
    }
    *entry = 0;
}

void space_discard(struct space *space, seL4_Word start, seL4_Word end)
{
    for (seL4_Word at = start; at < end; at += SOS_PAGE) {
        unsigned int *entry = entry_of(space, at, false);

        if (entry)
            discard_page(space, entry);
        else
            at = (at / TABLE_BYTES + 1) * TABLE_BYTES - SOS_PAGE;
    }
}

void space_destroy(struct space *space)
{
    space_discard(space, 0, SPACE_TABLES * TABLE_BYTES);
    for (unsigned int i = 0; i < SPACE_TABLES; i++) {
        if (space->tables[i]) {
            table_taken[space->tables[i]] = false;
            tables_used--;
        }
        space->tables[i] = 0;
    }
    memset(space->regions, 0, sizeof(space->regions));
}

/* -------------------------------------------------------------- pages */

/*
 * What a page holds before anybody writes to it: what its file has for it, and zeroes. False: the
 * file has not all that it had when it was loaded, or can't be read.
 */
static bool fill(const struct region *region, seL4_Word page, char *data)
{
    seL4_Word first = page > region->at ? page : region->at;
    seL4_Word end = region->at + region->bytes;

    memset(data, 0, SOS_PAGE);
    if (end > page + SOS_PAGE)
        end = page + SOS_PAGE;
    if (!region->file || first >= end)
        return true;
    return inode_read(region->file, region->offset + (first - region->at), data + (first - page),
                      end - first) == (long)(end - first);
}

/* Taking a frame may evict another page of the same space, but never removes a table. */
static enum space_result bring_in(struct space *space, const struct region *region, seL4_Word page,
                                  struct frame **frame)
{
    unsigned int *entry = entry_of(space, page, true);
    bool on_disk = entry && ENTRY_WHERE(*entry) == ON_DISK;
    struct frame *taken;

    if (!entry)
        return SPACE_NO_MEMORY;
    if (ENTRY_WHERE(*entry) == IN_FRAME) {
        *frame = frame_at(ENTRY_NUMBER(*entry));
        return SPACE_OK;
    }
    taken = frame_take(space, page);
    if (!taken)
        return SPACE_NO_MEMORY;
    if (!(on_disk ? disk_read(ENTRY_NUMBER(*entry), taken->data)
                  : fill(region, page, taken->data))) {
        frame_free(taken);
        return SPACE_UNREAD;
    }
    if (on_disk) {
        taken->block = ENTRY_NUMBER(*entry);
        frame_count_page_in();
        space->swapped--;
    }
    *entry = ENTRY(IN_FRAME, frame_index(taken));
    space->resident++;
    *frame = taken;
    return SPACE_OK;
}

static struct frame *touch_frame(struct space *space, seL4_Word address, bool write,
                                 enum space_result *result)
{
    const struct region *region = space_find(space, address);
    struct frame *frame;

    *result = SPACE_INVALID;
    if (!region || (write && !region->writable))
        return NULL;
    *result = bring_in(space, region, address & -SOS_PAGE, &frame);
    if (*result != SPACE_OK)
        return NULL;
    frame->referenced = true;
    if (write && !frame->dirty) {
        frame->dirty = true;
        if (frame->block)
            block_free(frame->block);
        frame->block = 0;
    }
    return frame;
}

char *space_touch(struct space *space, seL4_Word address, bool write, enum space_result *result)
{
    struct frame *frame = touch_frame(space, address, write, result);

    return frame ? frame->data + address % SOS_PAGE : NULL;
}

void space_evicted(struct space *space, seL4_Word address, unsigned int block)
{
    unsigned int *entry = entry_of(space, address, false);

    *entry = block ? ENTRY(ON_DISK, block) : 0;
    space->resident--;
    if (block)
        space->swapped++;
}

/* -------------------------------------------------------------- mappings */

/* Makes and maps the paging structure whose lack a mapping failed for. */
static bool map_structure(struct space *space, seL4_Word missing, seL4_Word address)
{
    seL4_X86_VMAttributes attributes = seL4_X86_Default_VMAttributes;
    seL4_CPtr cap;

    switch (missing) {
    case SEL4_MAPPING_LOOKUP_NO_PT:
        cap = bank_alloc(space->bank, seL4_X86_PageTableObject, 0);
        return cap &&
               seL4_X86_PageTable_Map(cap, space->vspace, address, attributes) == seL4_NoError;
    case SEL4_MAPPING_LOOKUP_NO_PD:
        cap = bank_alloc(space->bank, seL4_X86_PageDirectoryObject, 0);
        return cap &&
               seL4_X86_PageDirectory_Map(cap, space->vspace, address, attributes) == seL4_NoError;
    case SEL4_MAPPING_LOOKUP_NO_PDPT:
        cap = bank_alloc(space->bank, seL4_X86_PDPTObject, 0);
        return cap && seL4_X86_PDPT_Map(cap, space->vspace, address, attributes) == seL4_NoError;
    default:
        return false;
    }
}

enum space_result space_fault(struct space *space, seL4_Word address, bool write)
{
    enum space_result result;
    struct frame *frame = touch_frame(space, address, write, &result);

    if (!frame)
        return result;
    for (;;) {
        seL4_Error error = seL4_X86_Page_Map(frame->cap, space->vspace, frame->address,
                                             frame->dirty ? seL4_ReadWrite : seL4_CanRead,
                                             seL4_X86_Default_VMAttributes);

        frame->mapped = error == seL4_NoError;
        if (frame->mapped)
            return SPACE_OK;
        if (error != seL4_FailedLookup ||
            !map_structure(space, seL4_MappingFailedLookupLevel(), address))
            return SPACE_NO_MEMORY;
    }
}

/* -------------------------------------------------------------- copies */

static size_t piece(seL4_Word address, size_t bytes)
{
    size_t rest = SOS_PAGE - address % SOS_PAGE;

    return bytes < rest ? bytes : rest;
}

static long error_of(enum space_result result)
{
    switch (result) {
    case SPACE_NO_MEMORY:
        return -SOS_ENOMEM;
    case SPACE_UNREAD:
        return -SOS_EIO;
    default:
        return -SOS_EFAULT;
    }
}

long copy_in(struct space *space, void *to, seL4_Word from, size_t bytes)
{
    char *at = to;

    for (size_t n; bytes; bytes -= n, from += n, at += n) {
        enum space_result result;
        const char *data = space_touch(space, from, false, &result);

        if (!data)
            return error_of(result);
        n = piece(from, bytes);
        memcpy(at, data, n);
    }
    return 0;
}

long copy_out(struct space *space, seL4_Word to, const void *from, size_t bytes)
{
    const char *at = from;

    for (size_t n; bytes; bytes -= n, to += n, at += n) {
        enum space_result result;
        char *data = space_touch(space, to, true, &result);

        if (!data)
            return error_of(result);
        n = piece(to, bytes);
        memcpy(data, at, n);
    }
    return 0;
}

long copy_text(struct space *space, char *to, seL4_Word from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        long error = copy_in(space, &to[i], from + i, 1);

        if (error)
            return error;
        if (to[i] == 0)
            return 0;
    }
    return -SOS_EINVAL;
}
