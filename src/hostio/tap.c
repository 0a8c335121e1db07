/* Ethernet over a TAP device of Linux: each read and write of its descriptor is a frame. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hostio/sockets.h"

#define DEVICE "/dev/net/tun"

uint64_t ethernet_mac_number(struct ethernet_mac mac)
{
    uint64_t number = 0;

    for (int i = 5; i >= 0; i--)
        number = number << 8 | mac.byte[i];
    return number;
}

static int64_t tap_read(struct hostio_object *o, struct hostio_call *call)
{
    ssize_t n = read(o->fd, call->buffer, call->request->size);

    return n < 0 ? hostio_error(errno) : n;
}

static int64_t tap_write(struct hostio_object *o, struct hostio_call *call)
{
    size_t size = call->request->size;
    ssize_t n;

    if (size < ETHERNET_LEAST)
        return -SEL4UX_HOST_BAD_ARGUMENT;
    if (size > ETHERNET_MOST)
        return -SEL4UX_HOST_TOO_LARGE;
    n = write(o->fd, call->buffer, size);
    return n < 0 ? hostio_error(errno) : n;
}

static int64_t tap_identify(struct hostio_object *o, struct hostio_call *call)
{
    call->request->value[0] = o->number[0];
    call->request->value[1] = ETHERNET_MOST;
    return 0;
}

static const struct hostio_ops tap = {
    .perform =
        {
            [HOSTIO_OP(READ)] = tap_read,
            [HOSTIO_OP(WRITE)] = tap_write,
            [HOSTIO_OP(IDENTIFY)] = tap_identify,
        },
};

/* An address of our own making that is always the same for a device: 02:53, then the name's sum. */
static struct ethernet_mac mac_of(const char *name)
{
    struct ethernet_mac mac = {{0x02, 0x53}};
    uint32_t hash = 2166136261u;

    for (; *name != '\0'; name++)
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    for (int i = 0; i < 4; i++)
        mac.byte[2 + i] = (uint8_t)(hash >> 8 * i);
    return mac;
}

int tap_parse(struct hostio_spec *spec, struct error *err)
{
    if (strlen(spec->target) < IFNAMSIZ && strpbrk(spec->target, "/ %") == NULL)
        return 0;
    error_set(err, "%.60s: is no name of a network device", spec->target);
    return -EINVAL;
}

int tap_open(struct hostio_object *o, const struct hostio_spec *spec, struct error *err)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};

    snprintf(request.ifr_name, sizeof request.ifr_name, "%.15s", spec->target);
    o->ops = &tap;
    o->number[0] = ethernet_mac_number(mac_of(spec->target));
    o->fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (o->fd < 0) {
        error_errno(err, errno, DEVICE " can't be opened");
        return -EINVAL;
    }
    if (ioctl(o->fd, TUNSETIFF, &request) != 0) {
        error_errno(err, errno,
                    "make the device first, as root: ip tuntap add %.15s mode tap user $USER",
                    spec->target);
        return -EINVAL;
    }
    return 0;
}
