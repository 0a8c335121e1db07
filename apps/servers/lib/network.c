/* See network.h. */
#include "network.h"

#include "../net/net.h"
#include "standard.h"

#define USER_ADDRESS 0x0a00020fu
#define USER_GATEWAY 0x0a000202u
#define USER_BITS    24

#define GRANTS_MAX (NETWORK_NOTIFIED - NET_DEVICE_GRANTS)

/* A number up to `most` at *text, which goes on behind it. */
static bool take_number(const char **text, seL4_Word most, seL4_Word *number)
{
    const char *at = *text;

    for (*number = 0; *at >= '0' && *at <= '9' && at - *text < 4; at++)
        *number = *number * 10 + (seL4_Word)(*at - '0');
    if (at == *text || *number > most)
        return false;
    *text = at;
    return true;
}

bool network_parse(const char *text, seL4_Word *address, seL4_Word *bits)
{
    seL4_Word byte;

    *address = 0;
    *bits = 32;
    for (int i = 0; i < 4; i++) {
        if ((i && *text++ != '.') || !take_number(&text, 255, &byte))
            return false;
        *address = *address << 8 | byte;
    }
    return *text == 0 || (*text++ == '/' && take_number(&text, 32, bits) && *text == 0);
}

static const enum sel4ux_host_kind socket_kinds[] = {SEL4UX_HOST_LISTENER, SEL4UX_HOST_PEER,
                                                     SEL4UX_HOST_UDP};

bool network_granted(void)
{
    bool found = standard_grant(SEL4UX_HOST_ETHERNET, 0);

    for (unsigned int i = 0; i < sizeof(socket_kinds) / sizeof(socket_kinds[0]); i++)
        found = found || standard_grant(socket_kinds[i], 0);
    return found;
}

static long start_on_ethernet(struct service *service, const struct sel4ux_host_grant *ethernet)
{
    const struct sel4ux_host_grant *clock = standard_grant(SEL4UX_HOST_CLOCK, 0);
    seL4_Word address, bits, gateway = 0;

    if (!clock)
        return -SERVER_NOT_FOUND;
    if (!network_parse(ethernet->name, &address, &bits)) {
        address = USER_ADDRESS;
        bits = USER_BITS;
        gateway = USER_GATEWAY;
    }
    manager_device(service, NET_DEVICE_CLOCK, clock->slot);
    manager_device(service, NET_DEVICE_ETHERNET, ethernet->slot);
    manager_memory(service, NET_MEMORY_PAGES);
    return manager_start(service, NET_BACKEND_ETHERNET, address, bits, gateway);
}

static long start_on_sockets(struct service *service)
{
    const struct sel4ux_host_grant *grant;
    unsigned int count = 0;

    for (unsigned int i = 0; i < sizeof(socket_kinds) / sizeof(socket_kinds[0]); i++) {
        for (unsigned int n = 0; count < GRANTS_MAX && (grant = standard_grant(socket_kinds[i], n));
             n++)
            manager_device(service, NET_DEVICE_GRANTS + count++, grant->slot);
    }
    return manager_start(service, NET_BACKEND_HOST, count, 0, 0);
}

long network_start(struct service *service, const void *archive, seL4_CPtr faults,
                   seL4_CPtr notification)
{
    const struct sel4ux_host_grant *ethernet = standard_grant(SEL4UX_HOST_ETHERNET, 0);
    size_t size;
    const void *elf = archive_find(archive, "servers/net", &size);

    if (!elf)
        guest_die("no servers/net in the archive");
    manager_load(service, "servers/net", elf, faults, STANDARD_PRIORITY);
    manager_device(service, NET_DEVICE_EVENTS, service->notification);
    manager_device(service, NETWORK_NOTIFIED, notification);
    return ethernet ? start_on_ethernet(service, ethernet) : start_on_sockets(service);
}
