/*
 * Invocations of host objects, and the delivery of their events.
 *
 * What a request carries beside its object is in a table: a part of a frame, an empty slot for a
 * new object, numbers. The model checks all that it knows about, so that the machine gets physical
 * addresses in RAM that the invoker may read or write. What the host refuses is a result of a
 * request that was carried out, not a failed invocation.
 */
#include "kernel/host.h"

#include "base/bits.h"
#include "kernel/cnode.h"
#include "kernel/cspace.h"
#include "kernel/mdb.h"
#include "kernel/notification.h"
#include "kernel/platform.h"

#define ALL_EVENTS (SEL4UX_HOST_READABLE | SEL4UX_HOST_WRITABLE | SEL4UX_HOST_HANGUP)

/* ------------------------------------------------------------------ what requests consist of */

enum buffer { NO_BUFFER, FILLED, TAKEN };
enum right { ANY_CAP, ANY_RIGHT, READ, WRITE };

/*
 * Message words, in this order: offset and length of the buffer; index and depth of the slot;
 * arguments. Capabilities: the frame, the CNode.
 */
struct request_form {
    bool exists;
    uint8_t buffer; /* enum buffer */
    uint8_t right;  /* enum right, of the invoked capability */
    bool makes;     /* an object, whose capability goes to a slot */
    uint8_t arguments, results;
};

#define FORM(...)                                                                                  \
    {                                                                                              \
        .exists = true, __VA_ARGS__                                                                \
    }
#define OP(name) [SEL4UX_HOST_##name - HOST_CLOSE]

static const struct request_form forms[] = {
    OP(IDENTIFY) = FORM(.right = ANY_CAP, .results = 4),
    OP(BIND) = FORM(.right = ANY_RIGHT),
    OP(UNBIND) = FORM(.right = ANY_RIGHT),
    OP(ACK) = FORM(.right = ANY_RIGHT, .arguments = 1),
    OP(POLL) = FORM(.right = ANY_RIGHT, .results = 1),
    OP(READ) = FORM(.right = READ, .buffer = FILLED, .arguments = 1),
    OP(WRITE) = FORM(.right = WRITE, .buffer = TAKEN, .arguments = 1),
    OP(STAT) = FORM(.right = ANY_RIGHT, .results = 4),
    OP(TRUNCATE) = FORM(.right = WRITE, .arguments = 1),
    OP(SYNC) = FORM(.right = WRITE),
    OP(OPEN) = FORM(.right = READ, .buffer = TAKEN, .makes = true, .arguments = 1),
    OP(STAT_PATH) = FORM(.right = READ, .buffer = TAKEN, .results = 4),
    OP(LIST) = FORM(.right = READ, .buffer = FILLED, .arguments = 1, .results = 1),
    OP(MAKE_DIRECTORY) = FORM(.right = WRITE, .buffer = TAKEN),
    OP(REMOVE) = FORM(.right = WRITE, .buffer = TAKEN),
    OP(RENAME) = FORM(.right = WRITE, .buffer = TAKEN, .arguments = 1),
    OP(ACCEPT) = FORM(.right = READ, .makes = true, .results = 2),
    OP(CONNECT) = FORM(.right = WRITE, .makes = true, .arguments = 2),
    OP(SHUTDOWN) = FORM(.right = WRITE),
    OP(SEND_TO) = FORM(.right = WRITE, .buffer = TAKEN, .arguments = 2),
    OP(RECEIVE_FROM) = FORM(.right = READ, .buffer = FILLED, .results = 2),
    OP(CLOCK_READ) = FORM(.right = READ, .results = 2),
    OP(CLOCK_ALARM) = FORM(.right = WRITE, .arguments = 1),
    OP(TERMINAL_MODE) = FORM(.right = WRITE, .arguments = 1),
    OP(TERMINAL_SIZE) = FORM(.right = ANY_RIGHT, .results = 2),
};

static const struct request_form *form_of(word label)
{
    word op = label - HOST_CLOSE;

    return op < sizeof forms / sizeof forms[0] && forms[op].exists ? &forms[op] : NULL;
}

static bool has_right(struct cap cap, enum right right)
{
    switch (right) {
    case READ:
        return cap.host.can_read;
    case WRITE:
        return cap.host.can_write;
    case ANY_RIGHT:
        return cap.host.can_read || cap.host.can_write;
    default:
        return true;
    }
}

static enum outcome answer(struct invocation *inv, int64_t result)
{
    inv->result[0] = (word)result;
    inv->result_count = 1;
    return DONE;
}

/* ------------------------------------------------------------------ objects */

static struct host_object *object_at(struct kernel *k, uint64_t index)
{
    INVARIANT(index < HOST_OBJECTS && k->host[index].kind != SEL4UX_HOST_NONE);
    return &k->host[index];
}

static paddr host_slot(const struct kernel *k, uint64_t index)
{
    return k->host_node + ((paddr)index << SLOT_BITS);
}

bool host_is_within(const struct kernel *k, uint64_t index, uint64_t within)
{
    while (index != within) {
        if (k->host[index].parent == 0)
            return false;
        index = k->host[index].parent - 1u;
    }
    return true;
}

/* A free index, or HOST_OBJECTS. They go round, so that one is not soon given again. */
static unsigned free_index(const struct kernel *k)
{
    for (unsigned n = 1; n <= HOST_OBJECTS; n++) {
        unsigned i = (k->host_last + n) % HOST_OBJECTS;

        if (k->host[i].kind == SEL4UX_HOST_NONE)
            return i;
    }
    return HOST_OBJECTS;
}

/* Capabilities to one object lie together in the derivation list: the last of them. */
static paddr last_of_object(struct kernel *k, paddr slot)
{
    struct cap cap = cte_at(k, slot)->cap;

    for (paddr next; (next = cte_at(k, slot)->mdb.next) != 0; slot = next) {
        if (!cap_same_object(k, cap, cte_at(k, next)->cap))
            break;
    }
    return slot;
}

/* ------------------------------------------------------------------ events */

static enum outcome decode_bind(struct kernel *k, struct invocation *inv, paddr slot)
{
    if (!invocation_has(k, inv, 0, 1))
        return FAILED;
    struct cap ntfn = cte_at(k, inv->extra[0])->cap;
    if (ntfn.type != CAP_NOTIFICATION || !ntfn.notification.can_send)
        return fail_capability(k, 1);

    cnode_delete_one(k, slot);
    mdb_insert(k, ntfn, inv->extra[0], slot);
    return answer(inv, 0);
}

static enum outcome decode_ack(struct kernel *k, struct invocation *inv,
                               struct host_request *request)
{
    word events = request->argument[0];

    if (events & ~(word)ALL_EVENTS)
        return answer(inv, -SEL4UX_HOST_BAD_ARGUMENT);
    if (events != 0)
        request->argument[0] = events |= SEL4UX_HOST_HANGUP;
    platform_host(k, request);
    if (request->result >= 0)
        object_at(k, request->object)->armed = (uint8_t)events;
    return answer(inv, request->result);
}

void host_handle(struct kernel *k, unsigned index)
{
    struct cap ntfn;

    if (index >= HOST_OBJECTS || k->host[index].armed == 0)
        return;
    k->host[index].armed = 0;
    ntfn = cte_at(k, host_slot(k, index))->cap;
    if (ntfn.type == CAP_NOTIFICATION)
        notification_signal(k, ntfn.obj, ntfn.notification.badge);
}

bool kernel_host_wakes(const struct kernel *k, unsigned index)
{
    const struct cte *slot = kernel_at(k, host_slot(k, index));
    const struct notification *n;

    if (k->host[index].armed == 0 || slot->cap.type != CAP_NOTIFICATION)
        return false;
    n = kernel_at(k, slot->cap.obj);
    return n->state == NTFN_WAITING ||
           (n->bound_tcb && kernel_tcb(k, n->bound_tcb)->state == THREAD_BLOCKED_ON_RECEIVE);
}

/* ------------------------------------------------------------------ requests */

static enum outcome check_buffer(struct kernel *k, struct invocation *inv, enum buffer kind,
                                 struct host_request *request)
{
    struct cap frame = cte_at(k, inv->extra[0])->cap;
    word offset = invocation_arg(k, inv, 0), size = invocation_arg(k, inv, 1), room;

    if (frame.type != CAP_FRAME || frame.frame.is_device || frame.frame.rights == VM_KERNEL_ONLY ||
        (kind == FILLED && frame.frame.rights != VM_READ_WRITE))
        return fail_capability(k, 1);
    room = BIT(frame_size_bits(frame.frame.size));
    if (offset > room)
        return fail_range(k, 0, room);
    room = room - offset < SEL4UX_HOST_MOVE_MAX ? room - offset : SEL4UX_HOST_MOVE_MAX;
    if (size > room)
        return fail_range(k, 0, room);
    request->fills = kind == FILLED;
    request->buffer = frame.obj + offset;
    request->size = size;
    return DONE;
}

static enum outcome check_slot(struct kernel *k, struct invocation *inv, unsigned cap, unsigned at,
                               paddr *dest)
{
    if (!cspace_lookup_target(k, cte_at(k, inv->extra[cap])->cap, invocation_arg(k, inv, at),
                              invocation_arg(k, inv, at + 1), false, dest) ||
        !cspace_ensure_empty(k, *dest))
        return FAILED;
    return DONE;
}

/* What is made may be written where the request says so, or where it is a connection. */
static bool is_made_writable(const struct host_request *request)
{
    return request->label != SEL4UX_HOST_OPEN || (request->argument[0] & SEL4UX_HOST_OPEN_WRITE);
}

static void insert_made(struct kernel *k, const struct invocation *inv,
                        const struct host_request *request, paddr dest)
{
    struct cap cap = {.host = {
                          .type = CAP_HOST,
                          .index = request->made,
                          .can_read = 1,
                          .can_write = is_made_writable(request),
                      }};

    k->host[request->made] = (struct host_object){
        .kind = (uint8_t)request->kind,
        .parent = (uint16_t)(request->object + 1),
    };
    k->host_last = request->made;
    mdb_insert_new(k, last_of_object(k, inv->slot), dest, cap);
}

static void make(struct kernel *k, const struct invocation *inv, struct host_request *request,
                 paddr dest)
{
    request->made = free_index(k);
    if (request->label == SEL4UX_HOST_OPEN && is_made_writable(request) && !inv->cap.host.can_write)
        request->result = -SEL4UX_HOST_NOT_PERMITTED;
    else if (request->made == HOST_OBJECTS)
        request->result = -SEL4UX_HOST_TOO_MANY;
    else
        platform_host(k, request);
    if (request->result >= 0)
        insert_made(k, inv, request, dest);
}

static void add_values(struct kernel *k, struct invocation *inv, struct host_request *request,
                       unsigned count)
{
    if (request->label == SEL4UX_HOST_IDENTIFY) {
        request->value[3] = request->value[1];
        request->value[2] = request->value[0];
        request->value[0] = object_at(k, request->object)->kind;
        request->value[1] = inv->cap.host.can_write;
    } else if (request->label == SEL4UX_HOST_STAT || request->label == SEL4UX_HOST_STAT_PATH) {
        request->value[3] &= inv->cap.host.can_write;
    }
    for (unsigned i = 0; i < count; i++)
        inv->result[inv->result_count++] = request->value[i];
}

static enum outcome carry_out(struct kernel *k, struct invocation *inv,
                              const struct request_form *form, struct host_request *request,
                              paddr dest)
{
    if (!has_right(inv->cap, form->right))
        return answer(inv, -SEL4UX_HOST_NOT_PERMITTED);
    if (request->label == SEL4UX_HOST_BIND)
        return decode_bind(k, inv, host_slot(k, request->object));
    if (request->label == SEL4UX_HOST_UNBIND) {
        cnode_delete_one(k, host_slot(k, request->object));
        return answer(inv, 0);
    }
    if (request->label == SEL4UX_HOST_ACK)
        return decode_ack(k, inv, request);
    if (form->makes)
        make(k, inv, request, dest);
    else
        platform_host(k, request);
    answer(inv, request->result);
    if (request->result >= 0)
        add_values(k, inv, request, form->results);
    return DONE;
}

enum outcome decode_host(struct kernel *k, struct invocation *inv)
{
    const struct request_form *form = form_of(inv->number);
    struct host_request request = {.object = (uint32_t)inv->cap.host.index};
    unsigned words = 0, caps = 0;
    paddr dest = 0;

    if (form == NULL)
        return fail(k, seL4_IllegalOperation);
    words = (form->buffer != NO_BUFFER ? 2 : 0) + (form->makes ? 2 : 0) + form->arguments;
    caps = (form->buffer != NO_BUFFER) + form->makes;
    if (!invocation_has(k, inv, words, caps))
        return FAILED;
    if (form->buffer != NO_BUFFER && check_buffer(k, inv, form->buffer, &request) != DONE)
        return FAILED;
    words = form->buffer != NO_BUFFER ? 2 : 0;
    if (form->makes && check_slot(k, inv, caps - 1, words, &dest) != DONE)
        return FAILED;
    words += form->makes ? 2 : 0;
    for (unsigned i = 0; i < form->arguments; i++)
        request.argument[i] = invocation_arg(k, inv, words + i);
    request.label = (uint32_t)inv->number;
    return carry_out(k, inv, form, &request, dest);
}

/* ------------------------------------------------------------------ the end */

void host_deleting(struct kernel *k, unsigned index)
{
    cnode_delete_one(k, host_slot(k, index));
}

void host_deleted(struct kernel *k, unsigned index)
{
    struct host_request request = {.label = HOST_CLOSE, .object = index};
    uint16_t parent = object_at(k, index)->parent;

    platform_host(k, &request);
    for (unsigned i = 0; i < HOST_OBJECTS; i++) {
        if (k->host[i].parent == index + 1)
            k->host[i].parent = parent;
    }
    k->host[index] = (struct host_object){.kind = SEL4UX_HOST_NONE};
}
