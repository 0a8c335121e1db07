/*
 * An Ethernet device of the host and the IP stack of stack/. Frames pass through the work frame:
 * the first half is what arrives, the second what is sent. The host's clock wakes the stack.
 */
#include "backend.h"
#include "stack/ip.h"

#define CLOCK       (SERVER_DEVICES + NET_DEVICE_CLOCK)
#define ETHERNET    (SERVER_DEVICES + NET_DEVICE_ETHERNET)
#define EVENT_FRAME (SERVER_EVENTS + 0)
#define EVENT_CLOCK (SERVER_EVENTS + 1)
#define HALF        2048ul
#define BACKLOG     16
#define AT_ONCE     64 /* frames that are taken before requests get their turn */

/* Large pages of the manager's: more than a program's own memory should be. */
#define STACK (*(struct ip *)SERVER_MEMORY_ADDRESS)

_Static_assert(sizeof(struct ip) <= NET_MEMORY_PAGES * SERVER_BUFFER_MAX, "the stack fits");

static int socket_of[NET_SOCKETS]; /* the stack's, by the server's number */
static seL4_Word alarm;            /* when the clock will wake us; 0: never */

static long error_of(long result)
{
    static const long errors[] = {
        [IP_AGAIN] = SERVER_AGAIN,
        [IP_NO_ROOM] = SERVER_TOO_MANY,
        [IP_BAD_SOCKET] = SERVER_NOT_SUPPORTED,
        [IP_IN_USE] = SERVER_BUSY,
        [IP_CLOSED] = SEL4UX_HOST_CLOSED,
        [IP_REFUSED] = SEL4UX_HOST_REFUSED,
        [IP_UNREACHABLE] = SEL4UX_HOST_UNREACHABLE,
        [IP_TOO_LARGE] = SERVER_TOO_LARGE,
    };

    return result < 0 ? -errors[-result] : result;
}

static uint64_t now(void)
{
    seL4_Word date, since_boot;

    sel4ux_host_clock_read(CLOCK, &date, &since_boot);
    return since_boot;
}

/* -------------------------------------------------------------- frames */

/* What the device does not take is lost, as on any wire. */
static void send_frame(void *context, const uint8_t *frame, size_t bytes)
{
    struct sel4ux_host_buffer buffer = {SERVER_WORK, HALF, bytes};

    (void)context;
    memcpy((char *)SERVER_WORK_ADDRESS + HALF, frame, bytes);
    sel4ux_host_write(ETHERNET, buffer, 0);
}

static void take_frames(void)
{
    struct sel4ux_host_buffer buffer = {SERVER_WORK, 0, HALF};
    uint64_t time = now();

    for (int i = 0; i < AT_ONCE; i++) {
        long bytes = sel4ux_host_read(ETHERNET, buffer, 0);

        if (bytes < 0)
            break;
        ip_input(&STACK, (const uint8_t *)SERVER_WORK_ADDRESS, (size_t)bytes, time);
    }
    sel4ux_host_ack(ETHERNET, SEL4UX_HOST_READABLE);
}

/* Lets the stack do what is due and has it woken for what is next. */
static seL4_Word ethernet_settle(void)
{
    uint64_t next = ip_run(&STACK, now());

    next = next == IP_NEVER ? 0 : next;
    if (next != alarm) {
        alarm = next;
        sel4ux_host_clock_alarm(CLOCK, alarm);
        sel4ux_host_ack(CLOCK, SEL4UX_HOST_READABLE);
    }
    return NET_ALL_GROUPS;
}

static seL4_Word ethernet_event(seL4_Word events)
{
    if (events & 1)
        take_frames();
    if (events & 2)
        alarm = 0;
    return ethernet_settle();
}

static long ethernet_start(const seL4_Word *words)
{
    struct ip_setup setup = {.address = (uint32_t)words[1],
                             .mask = words[2] ? ~(uint32_t)0 << (32 - words[2]) : 0,
                             .gateway = (uint32_t)words[3],
                             .send = send_frame};
    seL4_Word kind, writable, detail[2], date, since_boot;
    long result = sel4ux_host_identify(ETHERNET, &kind, &writable, detail);

    if (result < 0 || kind != SEL4UX_HOST_ETHERNET || words[2] > 32)
        return -SERVER_BAD_ARGUMENT;
    if (sel4ux_host_clock_read(CLOCK, &date, &since_boot) < 0)
        return -SERVER_BAD_ARGUMENT;
    for (int i = 0; i < 6; i++)
        setup.mac[i] = (uint8_t)(detail[0] >> 8 * i);
    setup.secret = date * 0x9e3779b97f4a7c15u ^ since_boot;
    ip_init(&STACK, &setup, since_boot);
    for (int i = 0; i < NET_SOCKETS; i++)
        socket_of[i] = -1;
    if (sel4ux_host_bind(ETHERNET, EVENT_FRAME) < 0 || sel4ux_host_bind(CLOCK, EVENT_CLOCK) < 0)
        return -SERVER_IO;
    sel4ux_host_ack(ETHERNET, SEL4UX_HOST_READABLE);
    return 0;
}

/* -------------------------------------------------------------- sockets */

/* Before the stack is asked for something that it sends: at what time. */
static struct ip *stack_now(void)
{
    ip_run(&STACK, now());
    return &STACK;
}

static long keep(unsigned int socket, long result)
{
    if (result < 0)
        return error_of(result);
    socket_of[socket] = (int)result;
    return 0;
}

static long ethernet_listen(unsigned int socket, seL4_Word port)
{
    return keep(socket, ip_tcp_listen(&STACK, (uint16_t)port, BACKLOG));
}

static long ethernet_accept(unsigned int listener, unsigned int socket, struct net_address *from)
{
    struct ip_peer peer = {0, 0};
    long result = keep(socket, ip_tcp_accept(&STACK, socket_of[listener], &peer));

    *from = (struct net_address){peer.address, peer.port};
    return result;
}

static long ethernet_connect(unsigned int socket, struct net_address to)
{
    struct ip_peer peer = {(uint32_t)to.address, (uint16_t)to.port};

    return keep(socket, ip_tcp_connect(stack_now(), peer));
}

static long ethernet_udp(unsigned int socket, seL4_Word port)
{
    return keep(socket, ip_udp_bind(&STACK, (uint16_t)port));
}

static long ethernet_ping(unsigned int socket)
{
    return keep(socket, ip_ping_open(&STACK));
}

static long ethernet_send(unsigned int socket, struct net_range from)
{
    return error_of(ip_tcp_send(stack_now(), socket_of[socket], from.at, from.frame.length));
}

static long ethernet_receive(unsigned int socket, struct net_range to)
{
    return error_of(ip_tcp_receive(stack_now(), socket_of[socket], to.at, to.frame.length));
}

static long ethernet_send_to(unsigned int socket, struct net_range from, struct net_address to)
{
    struct ip_peer peer = {(uint32_t)to.address, (uint16_t)to.port};

    return error_of(ip_send_to(stack_now(), socket_of[socket], peer, from.at, from.frame.length));
}

static long ethernet_receive_from(unsigned int socket, struct net_range to,
                                  struct net_address *from)
{
    struct ip_peer peer = {0, 0};
    long result =
        error_of(ip_receive_from(&STACK, socket_of[socket], to.at, to.frame.length, &peer));

    *from = (struct net_address){peer.address, peer.port};
    return result;
}

static long ethernet_shutdown(unsigned int socket)
{
    return error_of(ip_tcp_shutdown(stack_now(), socket_of[socket]));
}

static void ethernet_close(unsigned int socket)
{
    ip_close(stack_now(), socket_of[socket]);
    socket_of[socket] = -1;
}

static long ethernet_name(unsigned int socket, struct net_address *own)
{
    *own =
        (struct net_address){STACK.setup.address, socket ? ip_port(&STACK, socket_of[socket]) : 0};
    return 0;
}

/* -------------------------------------------------------------- events */

_Static_assert((int)NET_READABLE == (int)IP_READABLE && (int)NET_WRITABLE == (int)IP_WRITABLE &&
                   (int)NET_HANGUP == (int)IP_HANGUP,
               "events are the stack's");

static seL4_Word ethernet_events(unsigned int socket)
{
    return ip_events(&STACK, socket_of[socket]);
}

/* After each request and event all that is watched is looked at. */
static void ethernet_arm(unsigned int socket, seL4_Word events)
{
    (void)socket;
    (void)events;
}

const struct net_backend_ops net_ethernet = {
    .start = ethernet_start,
    .listen = ethernet_listen,
    .accept = ethernet_accept,
    .connect = ethernet_connect,
    .udp = ethernet_udp,
    .ping = ethernet_ping,
    .send = ethernet_send,
    .receive = ethernet_receive,
    .send_to = ethernet_send_to,
    .receive_from = ethernet_receive_from,
    .shutdown = ethernet_shutdown,
    .close = ethernet_close,
    .name = ethernet_name,
    .events = ethernet_events,
    .arm = ethernet_arm,
    .event = ethernet_event,
    .settle = ethernet_settle,
};
