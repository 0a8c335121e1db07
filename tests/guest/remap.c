/*
 * A random walk over mappings: frames are mapped, mapped over each other, unmapped and given other
 * rights, one by one and in rows, and after each step some pages are read and written. What they
 * hold, and whether they can be reached at all, must be what the walk's own books say: whoever
 * keeps mappings longer than the tables do, or forgets one, is found out.
 */
#include "guest.h"

#define PAGES  96
#define FRAMES 64
#define STEPS  4000
#define ROW    24
#define VM     seL4_X86_Default_VMAttributes
#define NONE   (-1)

static seL4_CPtr frames, endpoint;
static char *area;
static struct thread prober;
static struct {
    int frame; /* NONE: nothing */
    bool write;
} pages[PAGES];
static int place[FRAMES];       /* where the frame's capability says it is mapped, or NONE */
static long content[FRAMES];    /* of the frame's first word */
static unsigned long counts[6]; /* maps, unmaps, rights, reads, writes, faults */

enum count { MAPS, UNMAPS, RIGHTS, READS, WRITES, FAULTS };

/* One access and an undefined instruction: each probe ends with a fault, which says which it was.
 */
void probe_read(void);
void probe_write(void);
__asm__(".text\n"
        "probe_read: mov (%rdi), %rax; ud2\n"
        "probe_write: mov %rsi, (%rdi); ud2\n");

static unsigned next(unsigned limit)
{
    static unsigned long state = 4711;

    state = state * 6364136223846793005ul + 1442695040888963407ul;
    return (unsigned)(state >> 33) % limit;
}

static long *address_of(int page)
{
    return (long *)(area + (seL4_Word)page * PAGE_SIZE);
}

static void map(int frame, int page, bool write)
{
    must("map",
         seL4_X86_Page_Map(frames + (seL4_Word)frame, OWN_VSPACE, (seL4_Word)address_of(page),
                           write ? seL4_AllRights : seL4_CanRead, VM));
    place[frame] = page;
    pages[page].frame = frame;
    pages[page].write = write;
}

/* A frame that another has been mapped over has no mapping left to end. */
static void unmap(int frame)
{
    int page = place[frame];

    must("unmap", seL4_X86_Page_Unmap(frames + (seL4_Word)frame));
    if (page != NONE && pages[page].frame == frame)
        pages[page].frame = NONE;
    place[frame] = NONE;
    counts[UNMAPS]++;
}

static void change(int frame, int page)
{
    if (place[frame] == NONE) {
        map(frame, page, next(3) != 0);
        counts[MAPS]++;
    } else if (next(3) == 0) {
        map(frame, place[frame], next(2) != 0);
        counts[RIGHTS]++;
    } else {
        unmap(frame);
    }
}

/* Lets the other thread try, which must succeed exactly if that is `expected`. */
static void probe(void (*code)(void), int page, long value, bool expected)
{
    seL4_UserContext regs = {.rip = (seL4_Word)code,
                             .rdi = (seL4_Word)address_of(page),
                             .rsi = (seL4_Word)value,
                             .rsp = (seL4_Word)prober.stack};
    seL4_MessageInfo_t message;

    must("start", seL4_TCB_WriteRegisters(prober.tcb, true, 0, 20, &regs));
    message = seL4_Recv(endpoint, NULL);
    if ((seL4_MessageInfo_get_label(message) == seL4_Fault_UserException) != expected)
        guest_die("page %d: label %lu", page, seL4_MessageInfo_get_label(message));
    if (expected)
        return;
    if (seL4_GetMR(seL4_VMFault_Addr) != (seL4_Word)address_of(page))
        guest_die("page %d: fault at %lx", page, seL4_GetMR(seL4_VMFault_Addr));
    counts[FAULTS]++;
}

static void look(int page)
{
    int frame = pages[page].frame;
    seL4_UserContext regs;

    probe(probe_read, page, 0, frame != NONE);
    if (frame == NONE)
        return;
    must("registers", seL4_TCB_ReadRegisters(prober.tcb, false, 0, 20, &regs));
    if ((long)regs.rax != content[frame] || *(volatile long *)address_of(page) != content[frame])
        guest_die("page %d: frame %d holds %ld", page, frame, (long)regs.rax);
    counts[READS]++;
    long value = content[frame] + 1 + frame;
    probe(probe_write, page, value, pages[page].write);
    if (pages[page].write) {
        content[frame] = value;
        counts[WRITES]++;
    }
}

/* Neighbouring frames to neighbouring pages, or away from there, upwards or downwards. */
static void row(void)
{
    int frame = (int)next(FRAMES - ROW), page = (int)next(PAGES - ROW), length = (int)next(ROW);
    bool down = next(2), off = next(2), write = next(4) != 0;

    for (int i = 0; i < length; i++) {
        int at = down ? length - 1 - i : i;

        if (place[frame + at] != NONE)
            unmap(frame + at);
        if (off)
            continue;
        map(frame + at, page + at, write);
        counts[MAPS]++;
    }
}

int main(void)
{
    static const char *const names[] = {"maps", "unmaps", "rights", "reads", "writes", "faults"};

    endpoint = object_alloc(seL4_EndpointObject, 0);
    frames = slots_alloc(FRAMES);
    area = vspace_reserve(PAGES * PAGE_SIZE);
    thread_create(&prober, NULL, NULL, 100, endpoint);
    for (int i = 0; i < FRAMES; i++) {
        must("frame", object_try(frames + (seL4_Word)i, seL4_X86_4K, 0));
        place[i] = NONE;
    }
    for (int i = 0; i < PAGES; i++) {
        must("tables", vspace_map(OWN_VSPACE, frames, (seL4_Word)address_of(i), seL4_AllRights));
        must("unmap", seL4_X86_Page_Unmap(frames));
        pages[i].frame = NONE;
    }
    for (int step = 0; step < STEPS; step++) {
        if (next(16) == 0)
            row();
        else
            change((int)next(FRAMES), (int)next(PAGES));
        for (unsigned looks = next(3); looks > 0; looks--)
            look((int)next(PAGES));
    }
    for (int i = 0; i < PAGES; i++)
        look(i);
    for (int i = 0; i < 6; i++)
        guest_printf("%s: %lu\n", names[i], counts[i]);
    return 0;
}
