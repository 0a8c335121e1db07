/*
 * Steps that invoke a capability: an invocation that fits what the thread has, put together from a
 * table of their shapes, and sometimes damaged.
 */
#include <string.h>

#include "kernel_program.h"

/*
 * How an invocation is put together. Letters of `extra` are types of capabilities passed, those of
 * `args` are words or groups of words: see add_extra and add_argument. Where arguments depend on
 * it,
 * + stands for MCS and - for none.
 */
struct shape {
    uint8_t label, cap;
    const char *extra, *args;
};

static const struct shape shapes[] = {
    {INV_UNTYPED_RETYPE, CAP_UNTYPED, "C", "tR"},
    {INV_UNTYPED_RETYPE, CAP_UNTYPED, "C", "tR"},
    {INV_UNTYPED_RETYPE, CAP_UNTYPED, "C", "tR"},
    {INV_TCB_READ_REGISTERS, CAP_THREAD, "", "bb"},
    {INV_TCB_WRITE_REGISTERS, CAP_THREAD, "", "bbwwwwwwwwww"},
    {INV_TCB_COPY_REGISTERS, CAP_THREAD, "T", "b"},
    {INV_TCB_CONFIGURE, CAP_THREAD, "CPF", "-hgqf"},
    {INV_TCB_CONFIGURE, CAP_THREAD, "CPF", "+gqf"},
    {INV_TCB_SET_PRIORITY, CAP_THREAD, "T", "p"},
    {INV_TCB_SET_MC_PRIORITY, CAP_THREAD, "T", "p"},
    {INV_TCB_SET_SCHED_PARAMS, CAP_THREAD, "T", "-pp"},
    {INV_TCB_SET_SCHED_PARAMS, CAP_THREAD, "TSE", "+pp"},
    {INV_TCB_SET_TIMEOUT_ENDPOINT, CAP_THREAD, "E", ""},
    {INV_TCB_SET_IPC_BUFFER, CAP_THREAD, "F", "f"},
    {INV_TCB_SET_SPACE, CAP_THREAD, "CP", "-hgq"},
    {INV_TCB_SET_SPACE, CAP_THREAD, "ECP", "+gq"},
    {INV_TCB_SUSPEND, CAP_THREAD, "", ""},
    {INV_TCB_RESUME, CAP_THREAD, "", ""},
    {INV_TCB_RESUME, CAP_THREAD, "", ""},
    {INV_TCB_BIND_NOTIFICATION, CAP_THREAD, "N", ""},
    {INV_TCB_UNBIND_NOTIFICATION, CAP_THREAD, "", ""},
    {INV_TCB_SET_AFFINITY, CAP_THREAD, "", "b"},
    {INV_TCB_SET_BREAKPOINT, CAP_THREAD, "", "ivisi"},
    {INV_TCB_GET_BREAKPOINT, CAP_THREAD, "", "b"},
    {INV_TCB_UNSET_BREAKPOINT, CAP_THREAD, "", "b"},
    {INV_TCB_CONFIGURE_SINGLE_STEPPING, CAP_THREAD, "", "ii"},
    {INV_TCB_SET_TLS_BASE, CAP_THREAD, "", "w"},
    {INV_TCB_SET_FLAGS, CAP_THREAD, "", "ww"},
    {INV_CNODE_REVOKE, CAP_CNODE, "", "x"},
    {INV_CNODE_REVOKE, CAP_CNODE, "", "l"},
    {INV_CNODE_DELETE, CAP_CNODE, "", "x"},
    {INV_CNODE_DELETE, CAP_CNODE, "", "x"},
    {INV_CNODE_CANCEL_BADGED_SENDS, CAP_CNODE, "", "k"},
    {INV_CNODE_COPY, CAP_CNODE, "C", "nyr"},
    {INV_CNODE_COPY, CAP_CNODE, "C", "nur"},
    {INV_CNODE_MINT, CAP_CNODE, "C", "nyrg"},
    {INV_CNODE_MOVE, CAP_CNODE, "C", "ny"},
    {INV_CNODE_MOVE, CAP_CNODE, "C", "nc"},
    {INV_CNODE_MOVE, CAP_CNODE, "C", "nc"},
    {INV_CNODE_MUTATE, CAP_CNODE, "C", "nyg"},
    {INV_CNODE_ROTATE, CAP_CNODE, "CC", "ngygz"},
    {INV_CNODE_ROTATE, CAP_CNODE, "CC", "xgygz"},
    {INV_CNODE_SAVE_CALLER, CAP_CNODE, "", "n"},
    {INV_IRQ_ISSUE_IRQ_HANDLER, CAP_IRQ_CONTROL, "C", "bm"},
    {INV_IRQ_ACK_IRQ, CAP_IRQ_HANDLER, "", ""},
    {INV_IRQ_SET_IRQ_HANDLER, CAP_IRQ_HANDLER, "N", ""},
    {INV_IRQ_CLEAR_IRQ_HANDLER, CAP_IRQ_HANDLER, "", ""},
    {INV_X86_IRQ_ISSUE_IRQ_HANDLER_IOAPIC, CAP_IRQ_CONTROL, "C", "m00iie"},
    {INV_X86_IRQ_ISSUE_IRQ_HANDLER_MSI, CAP_IRQ_CONTROL, "C", "miiibe"},
    {INV_SCHED_CONTROL_CONFIGURE_FLAGS, CAP_SCHED_CONTROL, "S", "TTiii"},
    {INV_SCHED_CONTROL_CONFIGURE_FLAGS, CAP_SCHED_CONTROL, "S", "TTiii"},
    {INV_SCHED_CONTEXT_BIND, CAP_SCHED_CONTEXT, "T", ""},
    {INV_SCHED_CONTEXT_BIND, CAP_SCHED_CONTEXT, "N", ""},
    {INV_SCHED_CONTEXT_UNBIND, CAP_SCHED_CONTEXT, "", ""},
    {INV_SCHED_CONTEXT_UNBIND_OBJECT, CAP_SCHED_CONTEXT, "T", ""},
    {INV_SCHED_CONTEXT_UNBIND_OBJECT, CAP_SCHED_CONTEXT, "N", ""},
    {INV_SCHED_CONTEXT_CONSUMED, CAP_SCHED_CONTEXT, "", ""},
    {INV_SCHED_CONTEXT_YIELD_TO, CAP_SCHED_CONTEXT, "", ""},
    {INV_SCHED_CONTEXT_YIELD_TO, CAP_SCHED_CONTEXT, "", ""},
    {INV_DOMAIN_SET_SET, CAP_DOMAIN, "T", "i"},
    {INV_DOMAIN_SCHEDULE_CONFIGURE, CAP_DOMAIN, "", "iii"},
    {INV_DOMAIN_SCHEDULE_SET_START, CAP_DOMAIN, "", "i"},
    {INV_X86_PDPT_MAP, CAP_PDPT, "P", "va"},
    {INV_X86_PDPT_UNMAP, CAP_PDPT, "", ""},
    {INV_X86_PAGE_DIRECTORY_MAP, CAP_PAGE_DIRECTORY, "P", "va"},
    {INV_X86_PAGE_DIRECTORY_UNMAP, CAP_PAGE_DIRECTORY, "", ""},
    {INV_X86_PAGE_TABLE_MAP, CAP_PAGE_TABLE, "P", "va"},
    {INV_X86_PAGE_TABLE_UNMAP, CAP_PAGE_TABLE, "", ""},
    {INV_X86_PAGE_MAP, CAP_FRAME, "P", "vra"},
    {INV_X86_PAGE_MAP, CAP_FRAME, "P", "vra"},
    {INV_X86_PAGE_MAP, CAP_FRAME, "P", "vra"},
    {INV_X86_PAGE_UNMAP, CAP_FRAME, "", ""},
    {INV_X86_PAGE_GET_ADDRESS, CAP_FRAME, "", ""},
    {INV_X86_ASID_CONTROL_MAKE_POOL, CAP_ASID_CONTROL, "UC", "o"},
    {INV_X86_ASID_POOL_ASSIGN, CAP_ASID_POOL, "P", ""},
    {INV_X86_ASID_POOL_ASSIGN, CAP_ASID_POOL, "P", ""},
    {INV_X86_IO_PORT_CONTROL_ISSUE, CAP_IO_PORT_CONTROL, "C", "jm"},
    {INV_X86_IO_PORT_IN8, CAP_IO_PORT, "", "b"},
    {INV_X86_IO_PORT_IN16, CAP_IO_PORT, "", "b"},
    {INV_X86_IO_PORT_IN32, CAP_IO_PORT, "", "b"},
    {INV_X86_IO_PORT_OUT8, CAP_IO_PORT, "", "bw"},
    {INV_X86_IO_PORT_OUT16, CAP_IO_PORT, "", "bw"},
    {INV_X86_IO_PORT_OUT32, CAP_IO_PORT, "", "bw"},
    /* of host objects the label is the number in theirs */
    {2, CAP_HOST, "N", ""},
    {2, CAP_HOST, "N", ""},
    {3, CAP_HOST, "", ""},
    {4, CAP_HOST, "", "i"},
    {4, CAP_HOST, "", "i"},
    {6, CAP_HOST, "F", "fbb"},
    {7, CAP_HOST, "F", "fbb"},
    {8, CAP_HOST, "", ""},
    {11, CAP_HOST, "FC", "qboi"},
    {11, CAP_HOST, "FC", "qboi"},
    {11, CAP_HOST, "FC", "qboi"},
    {13, CAP_HOST, "F", "fwb"},
    {17, CAP_HOST, "C", "m"},
    {18, CAP_HOST, "C", "mii"},
};

/* One invocation being put together: the invoked capability and those passed, where CNodes. */
struct builder {
    struct program *p;
    struct message m;
    struct view own, invoked, extra[MAX_EXTRA_CAPS];
};

static void add(struct builder *b, word w)
{
    if (b->m.count < MAX_ARGS)
        b->m.arg[b->m.count++] = w;
}

/* A slot of the thread's own CNode. Of CNodes, rather the first, where most capabilities are. */
static unsigned choose_own(struct builder *b, unsigned wanted)
{
    unsigned slot = program_choose(b->p, &b->own, wanted);

    if (wanted == CAP_CNODE && program_take(b->p) < 160)
        return view_find(b->p, &b->own, CAP_CNODE, 0);
    return slot;
}

static void add_extra(struct builder *b, char letter)
{
    unsigned wanted = letter == 'C'   ? CAP_CNODE
                      : letter == 'T' ? CAP_THREAD
                      : letter == 'N' ? CAP_NOTIFICATION
                      : letter == 'F' ? CAP_FRAME
                      : letter == 'P' ? CAP_PML4
                      : letter == 'E' ? CAP_ENDPOINT
                      : letter == 'S' ? CAP_SCHED_CONTEXT
                                      : (unsigned)SMALL_UNTYPED;
    unsigned slot = choose_own(b, wanted);

    b->extra[b->m.extra_count] = view_of(view_cap(b->p, &b->own, slot));
    b->m.extra[b->m.extra_count++] = view_cptr(&b->own, slot);
}

/* Index and depth of a slot of `v`, or of a CNode that lies in `v`. */
static void add_slot_of(struct builder *b, const struct view *v, unsigned wanted)
{
    unsigned slot = program_choose(b->p, v, wanted);
    unsigned outer = view_find(b->p, v, CAP_CNODE, FIRST_SLOT);
    struct view inner = view_of(v->count ? view_cap(b->p, v, outer) : CAP_NONE);

    if (inner.count && inner.bits && v->bits + inner.bits <= 64 && program_take(b->p) < 64) {
        slot = program_choose(b->p, &inner, wanted);
        add(b, view_address(v, outer) << inner.bits | view_address(&inner, slot));
        add(b, v->bits + inner.bits);
    } else {
        add(b, view_address(v, slot));
        add(b, v->bits);
    }
}

word program_take_vaddr(struct program *p)
{
    static const word base[] = {
        0,       WORLD_IMAGE,       BUFFERS,           BIT(21),           BIT(30),
        BIT(39), BIT(47) - BIT(39), BIT(47) - BIT(30), BIT(47) - BIT(21), USER_TOP - 4096,
        USER_TOP};
    unsigned place = program_take(p);
    unsigned shift = 12 + 9 * (place >> 6);
    word vaddr = base[place % COUNT(base)] + ((word)(program_take(p) & 15) << shift);

    if (place < 96) /* where there are tables already, or can be soon */
        return (place % 2 ? WORLD_IMAGE : BUFFERS) + ((word)(place % 16) << 12);
    return place == 255 ? program_take_word(p) : vaddr;
}

/* Object type and size, as often as not one that fits in small untypeds. */
static void add_type(struct builder *b)
{
    unsigned which = program_take(b->p);
    unsigned bits = program_take(b->p);
    enum abi_object type = (enum abi_object)(1 + which % (OBJ_COUNT - 1));

    if (type == OBJ_UNTYPED)
        bits = bits < 100 ? 12 : 4 + bits % 18;
    else if (bits < 250)
        bits = 1 + bits % 6;
    add(b, b->p->type_of[type]);
    add(b, bits);
}

/* Retype's destination: index, depth, offset, number of objects. */
static void add_destination(struct builder *b)
{
    struct program *p = b->p;
    struct view node = b->extra[0];
    unsigned how = program_take(p);

    if (how < 200) {
        add(b, 0);
        add(b, 0);
    } else {
        unsigned slot = view_find(p, &node, CAP_CNODE, how);
        add(b, view_address(&node, slot));
        add(b, node.bits);
        node = view_of(node.count ? view_cap(p, &node, slot) : CAP_NONE);
    }
    add(b, program_choose(p, &node, NO_CAP));
    how = program_take(p);
    add(b, how < 250 ? 1 + how % 4 : program_take_word(p));
}

/* us */
static word take_budget(struct program *p)
{
    static const uint16_t times[] = {10, 20, 25, 50, 100, 200, 1000, 5000};
    unsigned how = program_take(p);

    return how < 250 ? times[how % COUNT(times)] : program_take_word(p);
}

static word take_data(struct program *p)
{
    unsigned how = program_take(p);

    if (how < 128)
        return how % 8; /* a badge, or no guard */
    if (how < 224)      /* a guard that makes addresses in a CNode 64 bits deep */
        return 64 - how % 16;
    return program_take_word(p);
}

static void add_single(struct builder *b, char letter)
{
    struct program *p = b->p;
    unsigned byte = program_take(p);

    switch (letter) {
    case '0':
        add(b, byte < 250 ? 0 : byte % 3);
        break;
    case 'i':
        add(b, byte < 220 ? byte % 4 : byte < 250 ? byte % 16 : byte);
        break;
    case 's': /* a breakpoint's size */
        add(b, byte < 250 ? 1u << byte % 4 >> (byte >= 128) : byte);
        break;
    case 'e': /* vector */
        add(b, byte % 112);
        break;
    case 'p':
        add(b, byte < 200 ? 255 - byte % 4 : byte);
        break;
    case 'r':
        add(b, byte < 128 ? 15 : byte % 16);
        break;
    case 'q':
        add(b, byte < 250 ? 0 : byte);
        break;
    case 'f':
        add(b, byte < 240 ? (byte % 32) * 1024 : program_take_word(p));
        break;
    default: /* b, a */
        add(b, byte);
        break;
    }
}

static void add_argument(struct builder *b, char letter)
{
    struct program *p = b->p;

    switch (letter) {
    case 't':
        add_type(b);
        break;
    case 'R':
        add_destination(b);
        break;
    case 'x': /* slots with something of the invoked CNode, extra 0, extra 1 */
        add_slot_of(b, &b->invoked, ANY_CAP);
        break;
    case 'y':
        add_slot_of(b, &b->extra[0], ANY_CAP);
        break;
    case 'z':
        add_slot_of(b, &b->extra[1], ANY_CAP);
        break;
    case 'l': /* an untyped, of which the next retype may reset what is dirty */
        add_slot_of(b, &b->invoked, program_take(p) % 4 ? SMALL_UNTYPED : USED_UNTYPED);
        break;
    case 'T':
        add(b, take_budget(p));
        break;
    case 'u':
        add_slot_of(b, &b->extra[0], program_take(p) % 4 ? SMALL_UNTYPED : USED_UNTYPED);
        break;
    case 'c': /* what takes long to end */
        add_slot_of(b, &b->extra[0], program_take(p) % 3 ? CAP_CNODE : CAP_THREAD);
        break;
    case 'k':
        add_slot_of(b, &b->invoked, BADGED_ENDPOINT);
        break;
    case 'n': /* empty ones */
        add_slot_of(b, &b->invoked, NO_CAP);
        break;
    case 'm':
        add_slot_of(b, &b->extra[0], NO_CAP);
        break;
    case 'o':
        add_slot_of(b, &b->extra[1], NO_CAP);
        break;
    case 'h':
        add(b, view_cptr(&b->own, program_choose(p, &b->own, CAP_ENDPOINT)));
        break;
    case 'g':
        add(b, take_data(p));
        break;
    case 'v':
        add(b, program_take_vaddr(p));
        break;
    case 'w':
        add(b, program_take_word(p));
        break;
    case 'j':
        add(b, program_take(p));
        add(b, program_take(p) | 0x80);
        break;
    default:
        add_single(b, letter);
        break;
    }
}

static void damage(struct builder *b)
{
    struct program *p = b->p;
    unsigned how = program_take(p);

    switch (how % 8) {
    case 0:
        b->m.cptr = program_take_word(p);
        break;
    case 1:
        b->m.count -= b->m.count > 0;
        break;
    case 2:
        b->m.extra_count -= b->m.extra_count > 0;
        break;
    case 3:
        b->m.extra[0] = program_take_word(p);
        break;
    case 4: /* another type of capability */
        b->m.cptr = view_cptr(&b->own, program_choose(p, &b->own, ANY_CAP));
        break;
    case 5:
        b->m.label = (enum abi_invocation)(program_take(p) % INV_COUNT);
        b->m.number += b->m.number != 0 ? program_take(p) % 32 : 0;
        break;
    default:
        b->m.arg[(how >> 3) % MAX_ARGS] = program_take_word(p);
        break;
    }
}

static bool is_possible(struct program *p, const struct view *own, const struct shape *shape)
{
    return *shape->args != (p->k->config.mcs ? '-' : '+') &&
           (shape->cap == CAP_HOST || p->label_of[shape->label]) && view_has(p, own, shape->cap);
}

void program_step_invocation(struct program *p)
{
    unsigned which = program_take(p);
    struct builder b = {.p = p, .own = view_own(p)};
    const struct shape *shape = &shapes[which % COUNT(shapes)];
    unsigned slot, how;

    /* On to the next for which there is a capability; all are possible while there is an untyped.
     */
    for (unsigned i = 0; i < COUNT(shapes) && !is_possible(p, &b.own, shape); i++)
        shape = &shapes[(which + i) % COUNT(shapes)];
    if (shape->cap == CAP_HOST)
        b.m.number = HOST_CLOSE + shape->label;
    else
        b.m.label = shape->label;
    slot = choose_own(&b, shape->cap);
    b.invoked = view_of(b.own.count ? view_cap(p, &b.own, slot) : CAP_NONE);
    b.m.cptr = view_cptr(&b.own, slot);
    for (const char *c = shape->extra; *c && b.own.count; c++)
        add_extra(&b, *c);
    for (const char *c = shape->args + strspn(shape->args, "+-"); *c; c++)
        add_argument(&b, *c);
    how = program_take(p);
    if (how >= 224)
        damage(&b);
    program_invoke(p, &b.m, how % 32 ? SYS_CALL : how % 64 ? SYS_SEND : SYS_NB_SEND);
}
