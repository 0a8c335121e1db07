/*
 * What packets look like: numbers in network order at any address, and the Internet check sum.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ETHERNET_HEADER 14
#define ETHERNET_IPV4   0x0800
#define ETHERNET_ARP    0x0806
#define ETHERNET_LEAST  60 /* shorter frames are padded */

#define IPV4_HEADER 20
#define IPV4_ICMP   1
#define IPV4_TCP    6
#define IPV4_UDP    17

#define ICMP_HEADER       8
#define ICMP_ECHO_REPLY   0
#define ICMP_UNREACHABLE  3
#define ICMP_ECHO_REQUEST 8
#define ICMP_NO_PORT      3 /* code of ICMP_UNREACHABLE */

#define UDP_HEADER 8
#define TCP_HEADER 20

enum tcp_flags { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

static inline uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static inline void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value);
}

/* The sum of what `sum` began and these bytes; of pieces all but the last have an even length. */
static inline uint64_t sum_add(uint64_t sum, const uint8_t *data, size_t bytes)
{
    for (; bytes >= 4; bytes -= 4, data += 4)
        sum += get32(data);
    if (bytes >= 2) {
        sum += get16(data);
        data += 2;
    }
    if (bytes & 1)
        sum += (uint64_t)data[0] << 8;
    return sum;
}

/* The check sum to send; 0 over data with a correct one in it. */
static inline uint16_t sum_end(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* What UDP and TCP count in of IPv4's header. */
static inline uint64_t sum_pseudo(uint32_t from, uint32_t to, uint8_t protocol, size_t bytes)
{
    return (uint64_t)from + to + protocol + bytes;
}
