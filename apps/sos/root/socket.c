/* Sockets, see socket.h. */
#include "socket.h"
#include "reply.h"

#include "lib/guard.h"
#include "lib/network.h"
#include "net/net.h"

_Static_assert((int)SOS_READABLE == (int)NET_READABLE && (int)SOS_WRITABLE == (int)NET_WRITABLE &&
                   (int)SOS_HANGUP == (int)NET_HANGUP,
               "events are the server's");

static struct service server;
static struct client session; /* buffer NULL: there is no network */
static struct open_file *files[NET_SOCKETS];

extern const char guest_archive[];

void socket_init(seL4_CPtr notification)
{
    long error;

    if (!network_granted())
        return;
    error = network_start(&server, guest_archive, guard_faults(),
                          cap_mint(notification, seL4_AllRights, BADGE_NET));
    if (error == -SERVER_NOT_FOUND) {
        guest_printf("sos: no network: an Ethernet device needs --host clock as well\n");
        return;
    }
    if (!error)
        error = manager_connect_self(&server, seL4_LargePageBits, NETWORK_NOTIFIED,
                                     &session.endpoint, &session.buffer);
    if (error)
        guest_die("the network server does not start: error %ld", -error);
    session.bytes = SERVER_BUFFER_MAX;
}

static long translate(long result)
{
    static const unsigned char errors[SERVER_ERROR_COUNT] = {
        [SERVER_AGAIN] = SOS_EAGAIN,
        [SERVER_NOT_FOUND] = SOS_EBADF,
        [SERVER_NOT_PERMITTED] = SOS_EPERM,
        [SERVER_BUSY] = SOS_EBUSY,
        [SERVER_BAD_ARGUMENT] = SOS_EINVAL,
        [SERVER_TOO_LARGE] = SOS_EINVAL,
        [SERVER_TOO_MANY] = SOS_ENOMEM,
        [SERVER_NOT_SUPPORTED] = SOS_ENOSYS,
        [SEL4UX_HOST_CLOSED] = SOS_EPIPE,
        [SEL4UX_HOST_REFUSED] = SOS_EREFUSED,
        [SEL4UX_HOST_UNREACHABLE] = SOS_EUNREACH,
    };

    if (result >= 0)
        return result;
    return result > -SERVER_ERROR_COUNT && errors[-result] ? -(long)errors[-result] : -SOS_EIO;
}

long socket_call(seL4_Word label, seL4_Word a, seL4_Word b, seL4_Word c, seL4_Word d)
{
    return session.buffer ? translate(client_call(&session, label, a, b, c, d)) : -SOS_ENOSYS;
}

long socket_make(struct open_file **file, seL4_Word label, seL4_Word a, seL4_Word b)
{
    struct open_file *made = open_socket();
    long number;

    if (!made)
        return -SOS_ENOMEM;
    number = socket_call(label, a, b, 0, 0);
    if (number < 0) {
        open_release(made);
        return number;
    }
    made->socket = number;
    files[number] = made;
    *file = made;
    return 0;
}

void socket_close(struct open_file *file)
{
    if (!file->socket)
        return;
    socket_call(NET_CLOSE, (seL4_Word)file->socket, 0, 0, 0);
    files[file->socket] = NULL;
}

void socket_watch(struct open_file *file, unsigned int events)
{
    if ((file->watched & events) == events)
        return;
    file->watched |= events;
    socket_call(NET_WATCH, (seL4_Word)file->socket, file->watched, 0, 0);
}

void socket_interrupt(void)
{
    long number;

    while ((number = client_call(&session, NET_NEXT, 0, 0, 0, 0)) > 0) {
        struct open_file *file = files[number];

        if (!file)
            continue;
        file->ready |= (unsigned int)seL4_GetMR(1);
        file->watched = 0;
    }
    process_wake(WAIT_NET);
}

char *socket_buffer(void)
{
    return session.buffer;
}
