/*
 * Conformance: what a deletion leaves in its slot while other threads run. One thread makes and
 * deletes a large CNode again and again; at the ends of its time slices another one of its priority
 * looks at the slot, until it finds that a deletion has been interrupted.
 */
#include "conform.h"

#define RADIX       12
#define SLOT_BITS   5
#define AT_ONCE     256   /* objects that one Retype makes */
#define MOST_SLICES 20000 /* after which it is given up */

static struct thread deleter, observer;
static seL4_CPtr cnode_memory, object_memory, notification, slot, copy;

static void delete_again_and_again(void *argument)
{
    (void)argument;
    for (;;) {
        must("CNode",
             seL4_Untyped_Retype(cnode_memory, seL4_CapTableObject, RADIX, ROOT, 0, 0, slot, 1));
        for (seL4_Word at = 0; at < 1ul << RADIX; at += AT_ONCE)
            must("fill", seL4_Untyped_Retype(object_memory, seL4_EndpointObject, 0, slot, 0, 0, at,
                                             AT_ONCE));
        must("delete", seL4_CNode_Delete(ROOT, slot, DEPTH));
    }
}

/* Neither empty nor to be copied: no capability that a thread could use is so. */
static bool holds_zombie(void)
{
    seL4_Error error = seL4_CNode_Copy(ROOT, copy, DEPTH, ROOT, slot, DEPTH, seL4_AllRights);

    if (error == seL4_NoError)
        must("delete the copy", cap_delete(copy));
    return error == seL4_IllegalOperation;
}

static void observe(void *argument)
{
    (void)argument;
    for (unsigned n = 0; n < MOST_SLICES; n++) {
        if (holds_zombie()) {
            conform("Zombie", "zombie", conform_send(slot, CNodeDelete, 0, 0));
            break;
        }
        seL4_Yield();
    }
    seL4_Signal(notification);
}

int main(void)
{
    cnode_memory = object_alloc(seL4_UntypedObject, RADIX + SLOT_BITS);
    object_memory = object_alloc(seL4_UntypedObject, RADIX + seL4_EndpointBits);
    notification = object_alloc(seL4_NotificationObject, 0);
    slot = slot_alloc();
    copy = slot_alloc();
    thread_run(&deleter, delete_again_and_again, NULL, 100);
    thread_run(&observer, observe, NULL, 100);
    seL4_Wait(notification, NULL);
    must("suspend", seL4_TCB_Suspend(deleter.tcb));
    must("the rest of the deletion", cap_delete(slot));
    return 0;
}
