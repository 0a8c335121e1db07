/*
 * Host objects of the network, used by a root task itself: every listener echoes, every UDP socket
 * answers, every peer is connected to and what came of it is printed. "quit" by TCP ends it, after
 * all has been closed.
 *
 * One thread waits for one notification; all objects signal it, then all are tried.
 */
#include <guest.h>

#include <sel4ux/host.h>

#define CONNECTIONS 300
#define BUFFER      (1ul << seL4_LargePageBits)

static seL4_CPtr frame, notification, slots;
static char *memory;
static bool open_[CONNECTIONS];
static unsigned int open_count, accepted;
static bool quit;

static struct sel4ux_host_buffer part(seL4_Word bytes)
{
    return (struct sel4ux_host_buffer){frame, 0, bytes};
}

static seL4_CPtr slot_of(unsigned int connection)
{
    return slots + connection;
}

static void close_connection(unsigned int i)
{
    must("close", cap_delete(slot_of(i)));
    open_[i] = false;
    open_count--;
}

/* Sends all of it back; the other side reads, so that it may be waited for. */
static long send_back(seL4_CPtr stream, seL4_Word bytes)
{
    seL4_Word done = 0;

    while (done < bytes) {
        struct sel4ux_host_buffer rest = {frame, done, bytes - done};
        long n = sel4ux_host_write(stream, rest, 0);

        if (n == -SEL4UX_HOST_AGAIN) {
            sel4ux_host_ack(stream, SEL4UX_HOST_WRITABLE);
            seL4_Wait(notification, NULL);
            n = 0;
        }
        if (n < 0)
            return n;
        done += (seL4_Word)n;
    }
    return 0;
}

static void serve_connection(unsigned int i)
{
    seL4_CPtr stream = slot_of(i);
    long n = sel4ux_host_read(stream, part(BUFFER), 0);

    if (n == -SEL4UX_HOST_AGAIN) {
        sel4ux_host_ack(stream, SEL4UX_HOST_READABLE);
        return;
    }
    quit |= n == 5 && memcmp(memory, "quit\n", 5) == 0;
    if (n <= 0 || send_back(stream, (seL4_Word)n) < 0)
        close_connection(i);
    else
        sel4ux_host_ack(stream, SEL4UX_HOST_READABLE);
}

static unsigned int free_connection(void)
{
    unsigned int i = 0;

    while (i < CONNECTIONS && open_[i])
        i++;
    return i;
}

static void serve_listener(seL4_CPtr listener)
{
    for (;;) {
        unsigned int i = free_connection();
        struct sel4ux_host_address from;
        long error;

        if (i == CONNECTIONS)
            return;
        error =
            sel4ux_host_accept(listener, (struct sel4ux_host_slot){ROOT, slot_of(i), DEPTH}, &from);
        if (error == -SEL4UX_HOST_AGAIN)
            break;
        if (error < 0)
            guest_die("accept: %ld", error);
        must("bind", (seL4_Error)-sel4ux_host_bind(slot_of(i), notification));
        open_[i] = true;
        open_count++;
        accepted++;
        serve_connection(i);
    }
    sel4ux_host_ack(listener, SEL4UX_HOST_READABLE);
}

static void serve_udp(seL4_CPtr udp)
{
    struct sel4ux_host_address from;
    long n;

    while ((n = sel4ux_host_receive_from(udp, part(2048), &from)) >= 0) {
        long sent = sel4ux_host_send_to(udp, part((seL4_Word)n), from);

        if (sent != n)
            guest_printf("udp: %ld of %ld\n", sent, n);
    }
    sel4ux_host_ack(udp, SEL4UX_HOST_READABLE);
}

/* Waits until the connection is decided and sends something. */
static void try_peer(const struct sel4ux_host_grant *peer, struct sel4ux_host_address to)
{
    seL4_CPtr slot = slots + CONNECTIONS;
    long error = sel4ux_host_connect(peer->slot, (struct sel4ux_host_slot){ROOT, slot, DEPTH}, to);

    if (error == 0) {
        sel4ux_host_bind(slot, notification);
        memcpy(memory, "hello\n", 6);
        while ((error = sel4ux_host_write(slot, part(6), 0)) == -SEL4UX_HOST_AGAIN) {
            sel4ux_host_ack(slot, SEL4UX_HOST_WRITABLE);
            seL4_Wait(notification, NULL);
        }
        cap_delete(slot);
    }
    guest_printf("connect %s 0x%lx:%lu: %ld\n", peer->name, to.address, to.port, error);
}

static void for_each(const struct sel4ux_host_chunk *chunk, seL4_Word kind,
                     void (*run)(seL4_CPtr object))
{
    for (seL4_Word i = 0; chunk && i < chunk->count; i++) {
        if (chunk->grant[i].kind == kind)
            run(chunk->grant[i].slot);
    }
}

static void bind(seL4_CPtr object)
{
    seL4_Word kind, writable, detail[2];

    must("bind a grant", (seL4_Error)-sel4ux_host_bind(object, notification));
    sel4ux_host_identify(object, &kind, &writable, detail);
    guest_printf("kind %lu at 0x%lx:%lu\n", kind, detail[0], detail[1]);
}

static void try_peers(const struct sel4ux_host_chunk *chunk)
{
    for (seL4_Word i = 0; chunk && i < chunk->count; i++) {
        const struct sel4ux_host_grant *grant = &chunk->grant[i];

        if (grant->kind != SEL4UX_HOST_PEER)
            continue;
        try_peer(grant, (struct sel4ux_host_address){0, 0});
        try_peer(grant, (struct sel4ux_host_address){0x7f000001, 9});
        try_peer(grant, (struct sel4ux_host_address){0x08080808, 80});
        try_peer(grant, (struct sel4ux_host_address){1ul << 40, 80});
    }
}

int main(void)
{
    const struct sel4ux_host_chunk *chunk = sel4ux_host_grants(seL4_GetBootInfo());

    notification = object_alloc(seL4_NotificationObject, 0);
    slots = slots_alloc(CONNECTIONS + 1);
    frame = object_alloc(seL4_X86_LargePageObject, 0);
    memory = vspace_reserve(BUFFER);
    must("map", vspace_map(OWN_VSPACE, frame, (seL4_Word)memory, seL4_ReadWrite));
    for_each(chunk, SEL4UX_HOST_LISTENER, bind);
    for_each(chunk, SEL4UX_HOST_UDP, bind);
    try_peers(chunk);
    guest_printf("ready\n");
    while (!quit) {
        for_each(chunk, SEL4UX_HOST_LISTENER, serve_listener);
        for_each(chunk, SEL4UX_HOST_UDP, serve_udp);
        for (unsigned int i = 0; i < CONNECTIONS; i++) {
            if (open_[i])
                serve_connection(i);
        }
        if (!quit)
            seL4_Wait(notification, NULL);
    }
    for (unsigned int i = 0; i < CONNECTIONS; i++) {
        if (open_[i])
            close_connection(i);
    }
    guest_printf("%u accepted, %u open\n", accepted, open_count);
    return 0;
}
