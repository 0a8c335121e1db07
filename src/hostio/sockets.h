/* Between tcp.c, udp.c, tap.c, user_net.c and kinds.c. */
#ifndef SEL4UX_HOSTIO_SOCKETS_H
#define SEL4UX_HOSTIO_SOCKETS_H

#include "hostio/address.h"
#include "hostio/hostio.h"

/* tcp.c */
int tcp_parse_listen(struct hostio_spec *spec, struct error *err);
int tcp_open_listener(struct hostio_object *o, const struct hostio_spec *spec, struct error *err);
int tcp_parse_connect(struct hostio_spec *spec, struct error *err);
int tcp_open_peer(struct hostio_object *o, const struct hostio_spec *spec, struct error *err);

/* udp.c */
int udp_parse(struct hostio_spec *spec, struct error *err);
int udp_take(struct hostio_spec *spec, const char *key, const char *value, struct error *err);
int udp_open(struct hostio_object *o, const struct hostio_spec *spec, struct error *err);

/* A socket of `type` bound to the address; its descriptor, or -errno with *err. */
int sockets_bind(int type, struct address at, struct error *err);

/* IDENTIFY of what has an own address. */
int64_t sockets_identify(struct hostio_object *o, struct hostio_call *call);

/* tap.c */
int tap_parse(struct hostio_spec *spec, struct error *err);
int tap_open(struct hostio_object *o, const struct hostio_spec *spec, struct error *err);

/* user_net.c: net=user; user_options.h has the rest */
int user_net_open(struct hostio_object *o, const struct hostio_spec *spec, struct error *err);

/* Ethernet: the guest's address as IDENTIFY tells it, and the limits of a frame. */
#define ETHERNET_LEAST 14
#define ETHERNET_MOST  1514

struct ethernet_mac {
    uint8_t byte[6];
};

uint64_t ethernet_mac_number(struct ethernet_mac mac);

#endif
