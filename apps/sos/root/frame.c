/* The frame table and second-chance page replacement, see frame.h. */
#include "frame.h"
#include "disk.h"

#define MAX_BITS       11
#define MAX_FRAMES     (1u << MAX_BITS)
#define DEFAULT_FRAMES 1024u
#define LEAST_FRAMES   8u

static struct frame frames[MAX_FRAMES];
static unsigned int made; /* frames that have memory */
static unsigned int used, limit = DEFAULT_FRAMES, hand;
static unsigned long page_ins, page_outs;

struct frame *frame_at(unsigned int index)
{
    return &frames[index];
}

unsigned int frame_index(const struct frame *frame)
{
    return (unsigned int)(frame - frames);
}

void frame_unmap(struct frame *frame)
{
    if (frame->mapped)
        must("unmap a page", seL4_X86_Page_Unmap(frame->cap));
    frame->mapped = false;
}

void frame_free(struct frame *frame)
{
    frame_unmap(frame);
    if (frame->block)
        block_free(frame->block);
    frame->block = 0;
    frame->owner = NULL;
    used--;
}

/* The page of `frame` goes to the disk if only the frame has it; false: the disk does not take it.
 */
static bool evict(struct frame *frame)
{
    unsigned int block = frame->block;

    if (frame->dirty) {
        block = block_alloc();
        if (block == 0)
            return false;
        frame_unmap(frame);
        if (!disk_write(block, frame->data)) {
            block_free(block);
            return false;
        }
        page_outs++;
    }
    frame->block = 0; /* the page table has it now */
    space_evicted(frame->owner, frame->address, block);
    frame_free(frame);
    return true;
}

/* What has been referenced since the hand came by last is passed over once. */
static bool evict_one(void)
{
    for (unsigned int step = 0; step < 2 * made + 1; step++) {
        struct frame *frame = &frames[hand];

        hand = (hand + 1) % made;
        if (!frame->owner)
            continue;
        if (frame->referenced) {
            frame->referenced = false;
            frame_unmap(frame);
        } else if (evict(frame)) {
            return true;
        }
    }
    return false;
}

/* Memory for one more frame, which it keeps for ever. */
static struct frame *make(void)
{
    static seL4_CPtr memory;
    struct frame *frame = &frames[made++];
    seL4_CPtr cap = slot_alloc();

    if (!memory)
        memory = object_alloc(seL4_UntypedObject, MAX_BITS + seL4_PageBits);
    must("make a frame", seL4_Untyped_Retype(memory, seL4_X86_4K, 0, ROOT, 0, 0, cap, 1));
    frame->data = vspace_reserve(PAGE_SIZE);
    must("map a frame", vspace_map(OWN_VSPACE, cap, (seL4_Word)frame->data, seL4_AllRights));
    frame->cap = cap_copy(cap, seL4_AllRights);
    return frame;
}

static struct frame *find_free(void)
{
    static unsigned int next;

    if (used == made)
        return make();
    while (frames[next].owner)
        next = (next + 1) % made;
    return &frames[next];
}

struct frame *frame_take(struct space *owner, seL4_Word address)
{
    struct frame *frame;

    if (used >= limit && !evict_one())
        return NULL;
    frame = find_free();
    frame->owner = owner;
    frame->address = address;
    frame->block = 0;
    frame->referenced = true;
    frame->dirty = false;
    used++;
    return frame;
}

bool frame_set_limit(unsigned int new_limit)
{
    if (new_limit < LEAST_FRAMES || new_limit > MAX_FRAMES)
        return false;
    while (used > new_limit) {
        if (!evict_one())
            return false;
    }
    limit = new_limit;
    return true;
}

void frame_count_page_in(void)
{
    page_ins++;
}

void frame_info(struct sos_info *info)
{
    info->frames_used = used;
    info->frames_limit = limit;
    info->page_ins = page_ins;
    info->page_outs = page_outs;
}
