/*
 * Starting and stopping peers, see peer.h. What a peer process leaves behind when it is stopped are
 * frames and slots; a program that starts a few dozen has enough of both.
 */
#include "peer.h"

extern const char guest_archive[];

static struct peer peer;
static struct peer_caps caps;
static struct thread thread;
static seL4_CPtr page_frame;

void peer_init(void)
{
    peer.page = page_alloc(&page_frame);
    peer.endpoint = object_alloc(seL4_EndpointObject, 0);
    peer.ping = object_alloc(seL4_NotificationObject, 0);
    peer.pong = object_alloc(seL4_NotificationObject, 0);
    caps = (struct peer_caps){.endpoint = peer.endpoint,
                              .ping = peer.ping,
                              .pong = peer.pong,
                              .cnode = ROOT,
                              .slot = slot_alloc(),
                              .depth = DEPTH};
}

static void run_in_thread(void *argument)
{
    peer_run(argument, &caps);
}

static void start_thread(int priority)
{
    memset(&thread, 0, sizeof(thread));
    thread_create(&thread, run_in_thread, peer.page, priority, peer.endpoint);
    peer.tcb = thread.tcb;
    peer.vspace = OWN_VSPACE;
    thread_start(&thread);
}

static void start_process(int priority)
{
    struct process *process = &peer.process;
    size_t size;
    const void *elf = archive_find(guest_archive, "child", &size);

    if (!elf)
        guest_die("no peer in the archive");
    process_create(process, elf, peer.endpoint, 0, priority);
    must("share", vspace_map(process->vspace, cap_copy(page_frame, seL4_AllRights), PEER_PAGE,
                             seL4_AllRights));
    process_give(process, peer.ping, CHILD_PING, seL4_AllRights);
    process_give(process, peer.pong, CHILD_PONG, seL4_AllRights);
    process_give(process, process->cnode, CHILD_CNODE, seL4_AllRights);
    peer.tcb = process->tcb;
    peer.vspace = process->vspace;
    process_start(process);
}

struct peer *peer_start(bool own_vspace, enum peer_role role, seL4_Word length, int priority)
{
    memset((void *)peer.page, 0, sizeof(*peer.page));
    peer.page->role = role;
    peer.page->length = length;
    if (own_vspace)
        start_process(priority);
    else
        start_thread(priority);
    if (role < PEER_YIELD)
        settle();
    return &peer;
}

void peer_stop(struct peer *stopped)
{
    bool own_vspace = stopped->vspace != OWN_VSPACE;

    if (own_vspace)
        must("empty", cap_revoke(stopped->process.cnode));
    must("stop", cap_revoke(stopped->tcb));
    must("stop", cap_delete(stopped->tcb));
    if (own_vspace) {
        must("stop", cap_delete(stopped->process.cnode));
        must("stop", cap_delete(stopped->vspace));
    }
    stopped->tcb = 0;
}

const char *peer_place(bool own_vspace)
{
    return own_vspace ? "cross_vspace" : "same_vspace";
}
