/* ARP: Ethernet addresses of neighbors. One frame waits for each that was asked for. */
#include "parts.h"

#define ARP_BYTES   28
#define ARP_REQUEST 1
#define ARP_REPLY   2
#define ASK_AGAIN   SECOND
#define ASK_AT_MOST 4
#define KNOWN_FOR   (60 * SECOND)

static void send_arp(struct ip *ip, uint16_t operation, const uint8_t *to_mac, uint32_t to)
{
    static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint8_t frame[ETHERNET_LEAST] = {0}, *arp = frame + ETHERNET_HEADER;

    memcpy(frame, to_mac ? to_mac : everybody, 6);
    memcpy(frame + 6, ip->setup.mac, 6);
    put16(frame + 12, ETHERNET_ARP);
    put16(arp, 1); /* Ethernet */
    put16(arp + 2, ETHERNET_IPV4);
    arp[4] = 6;
    arp[5] = 4;
    put16(arp + 6, operation);
    memcpy(arp + 8, ip->setup.mac, 6);
    put32(arp + 14, ip->setup.address);
    if (to_mac)
        memcpy(arp + 18, to_mac, 6);
    put32(arp + 24, to);
    ip->setup.send(ip->setup.context, frame, sizeof(frame));
}

static struct ip_neighbor *find(struct ip *ip, uint32_t address)
{
    for (struct ip_neighbor *n = ip->neighbors; n < ip->neighbors + IP_NEIGHBORS; n++) {
        if (n->state != NEIGHBOR_FREE && n->address == address)
            return n;
    }
    return NULL;
}

/* A free entry, or that which was not used for the longest time. */
static struct ip_neighbor *make_room(struct ip *ip)
{
    struct ip_neighbor *oldest = ip->neighbors;

    for (struct ip_neighbor *n = ip->neighbors; n < ip->neighbors + IP_NEIGHBORS; n++) {
        if (n->state == NEIGHBOR_FREE)
            return n;
        if (n->used < oldest->used)
            oldest = n;
    }
    return oldest;
}

static void transmit(struct ip *ip, uint8_t *frame, size_t bytes, const uint8_t *mac)
{
    memcpy(frame, mac, 6);
    memcpy(frame + 6, ip->setup.mac, 6);
    ip->setup.send(ip->setup.context, frame, bytes);
}

/* Only those are learned that were asked for, or that ask us: nobody else fills the table. */
static void learn(struct ip *ip, uint32_t address, const uint8_t *mac, bool asks_us)
{
    struct ip_neighbor *n = find(ip, address);

    if (mac[0] & 1 || !ip_is_host(ip, address) || (address ^ ip->setup.address) & ip->setup.mask)
        return;
    if (!n && asks_us) {
        n = make_room(ip);
        n->address = address;
        n->waiting = 0;
        n->used = ip->now;
    }
    if (!n)
        return;
    n->state = NEIGHBOR_KNOWN;
    n->asked = 0;
    n->timer = ip->now + KNOWN_FOR;
    memcpy(n->mac, mac, 6);
    if (n->waiting)
        transmit(ip, n->frame, n->waiting, n->mac);
    n->waiting = 0;
}

void arp_input(struct ip *ip, const uint8_t *frame, size_t bytes)
{
    const uint8_t *arp = frame + ETHERNET_HEADER;
    bool for_us;

    if (bytes < ETHERNET_HEADER + ARP_BYTES || get16(arp) != 1 || get16(arp + 2) != ETHERNET_IPV4 ||
        arp[4] != 6 || arp[5] != 4)
        return;
    for_us = get32(arp + 24) == ip->setup.address;
    if (get32(arp + 14) == ip->setup.address)
        return; /* it claims to be us */
    learn(ip, get32(arp + 14), arp + 8, for_us && get16(arp + 6) == ARP_REQUEST);
    if (for_us && get16(arp + 6) == ARP_REQUEST && !(arp[8] & 1))
        send_arp(ip, ARP_REPLY, arp + 8, get32(arp + 14));
}

/* Sends the frame now or when it is known where to, unless one waits already. */
void arp_send(struct ip *ip, uint8_t *frame, size_t bytes, uint32_t next_hop)
{
    struct ip_neighbor *n = find(ip, next_hop);

    if (n && n->state == NEIGHBOR_KNOWN) {
        n->used = ip->now;
        transmit(ip, frame, bytes, n->mac);
        return;
    }
    if (!n) {
        n = make_room(ip);
        *n = (struct ip_neighbor){
            .state = NEIGHBOR_ASKED, .address = next_hop, .asked = 1, .timer = ip->now + ASK_AGAIN};
        send_arp(ip, ARP_REQUEST, NULL, next_hop);
    }
    n->used = ip->now;
    if (n->waiting)
        return;
    n->waiting = bytes;
    memcpy(n->frame, frame, bytes);
}

uint64_t arp_run(struct ip *ip)
{
    uint64_t next = IP_NEVER;

    for (struct ip_neighbor *n = ip->neighbors; n < ip->neighbors + IP_NEIGHBORS; n++) {
        if (n->state == NEIGHBOR_FREE)
            continue;
        if (n->timer <= ip->now) {
            if (n->asked == ASK_AT_MOST || ip->now - n->used > KNOWN_FOR) {
                n->state = NEIGHBOR_FREE;
                continue;
            }
            n->asked++;
            n->timer = ip->now + ASK_AGAIN;
            send_arp(ip, ARP_REQUEST, NULL, n->address);
        }
        if (n->timer < next)
            next = n->timer;
    }
    return next;
}
