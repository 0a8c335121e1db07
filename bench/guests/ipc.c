/*
 * IPC, with a partner in the same VSpace and in another: round trips of several lengths, each
 * system call alone, and a capability that is passed on.
 *
 * "One way" means from before the call on one side to after it on the other, by the two sides' time
 * stamps.
 */
#include "peer.h"

static seL4_MessageInfo_t message_of(seL4_Word length)
{
    return seL4_MessageInfo_new(0, 0, 0, length);
}

static void round_trip(bool own_vspace, const char *name, seL4_Word length)
{
    struct peer *peer = peer_start(own_vspace, PEER_ECHO, length, PRIO_MAIN);
    struct bench *bench = bench_open(bench_name(name, peer_place(own_vspace)), 1);

    while (bench_more(bench)) {
        seL4_Word start = cycles();

        seL4_Call(peer->endpoint, message_of(length));
        bench_add(bench, cycles() - start);
    }
    bench_close(bench);
    peer_stop(peer);
}

/* The call and the answer, each one way. */
static void one_way(bool own_vspace, const char *call_name, const char *reply_name,
                    seL4_Word length)
{
    struct peer *peer = peer_start(own_vspace, PEER_STAMP, length, PRIO_MAIN);
    struct bench *call = bench_open(bench_name(call_name, peer_place(own_vspace)), 1);
    struct bench *reply = bench_open(bench_name(reply_name, peer_place(own_vspace)), 1);

    while (bench_more(call)) {
        seL4_Word start = cycles(), end;

        seL4_Call(peer->endpoint, message_of(length));
        end = cycles();
        bench_add(call, peer->page->received - start);
        bench_add(reply, end - peer->page->leaving);
    }
    bench_close(call);
    bench_close(reply);
    peer_stop(peer);
}

/* What seL4_Reply costs a server that goes on running. */
static void reply_alone(bool own_vspace)
{
    struct peer *peer = peer_start(own_vspace, PEER_REPLY, 0, PRIO_HIGH);
    struct bench *bench = bench_open(bench_name("reply", peer_place(own_vspace)), 1);

    while (bench_more(bench)) {
        seL4_Call(peer->endpoint, message_of(0));
        bench_add(bench, peer->page->cost);
    }
    bench_close(bench);
    peer_stop(peer);
}

/* Sending to a receiver that waits, which does not run until later. */
static void sending(bool own_vspace)
{
    struct peer *peer = peer_start(own_vspace, PEER_SINK, 0, PRIO_LOW);
    struct bench *send = bench_open(bench_name("send", peer_place(own_vspace)), 1);
    struct bench *nbsend = bench_open(bench_name("nbsend", peer_place(own_vspace)), 1);

    while (bench_more(send)) {
        seL4_Word start = cycles();

        seL4_Send(peer->endpoint, message_of(0));
        bench_add(send, cycles() - start);
        settle();
        start = cycles();
        seL4_NBSend(peer->endpoint, message_of(0));
        bench_add(nbsend, cycles() - start);
        settle();
    }
    bench_close(send);
    bench_close(nbsend);
    peer_stop(peer);
}

/* Receiving from a sender that waits. */
static void receiving(bool own_vspace)
{
    struct peer *peer = peer_start(own_vspace, PEER_SOURCE, 0, PRIO_LOW);
    struct bench *recv = bench_open(bench_name("recv", peer_place(own_vspace)), 1);
    struct bench *nbrecv = bench_open(bench_name("nbrecv", peer_place(own_vspace)), 1);
    seL4_Word badge;

    while (bench_more(recv)) {
        seL4_Word start = cycles();

        seL4_Recv(peer->endpoint, &badge);
        bench_add(recv, cycles() - start);
        settle();
        start = cycles();
        seL4_NBRecv(peer->endpoint, &badge);
        bench_add(nbrecv, cycles() - start);
        settle();
    }
    bench_close(recv);
    bench_close(nbrecv);
    peer_stop(peer);
}

static void nobody_there(void)
{
    seL4_CPtr endpoint = object_alloc(seL4_EndpointObject, 0);
    struct bench *nbsend = bench_open("nbsend_nobody", 1);
    struct bench *nbrecv = bench_open("nbrecv_nobody", 1);

    while (bench_more(nbsend)) {
        seL4_Word start = cycles();

        seL4_NBSend(endpoint, message_of(0));
        bench_add(nbsend, cycles() - start);
        start = cycles();
        seL4_NBRecv(endpoint, NULL);
        bench_add(nbrecv, cycles() - start);
    }
    bench_close(nbsend);
    bench_close(nbrecv);
}

/* One way, with a capability that the receiver gets a copy of. */
static void passing(bool own_vspace)
{
    struct peer *peer = peer_start(own_vspace, PEER_TAKE, 0, PRIO_MAIN);
    struct bench *bench = bench_open(bench_name("call_cap", peer_place(own_vspace)), 1);
    seL4_Word sent = 0;

    while (bench_more(bench)) {
        seL4_Word start;

        seL4_SetCap(0, peer->ping);
        start = cycles();
        seL4_Call(peer->endpoint, seL4_MessageInfo_new(0, 0, 1, 0));
        bench_add(bench, peer->page->received - start);
        sent++;
    }
    bench_close(bench);
    seL4_Call(peer->endpoint, message_of(0));
    if (peer->page->count != sent)
        guest_die("%lu of %lu capabilities arrived", peer->page->count, sent);
    peer_stop(peer);
}

int main(void)
{
    bench_init();
    peer_init();
    nobody_there();
    for (int own_vspace = 0; own_vspace < 2; own_vspace++) {
        round_trip(own_vspace, "call_reply", 0);
        round_trip(own_vspace, "call_reply_4", 4);
        round_trip(own_vspace, "call_reply_10", 10);
        round_trip(own_vspace, "call_reply_120", 120);
        one_way(own_vspace, "call", "replyrecv", 0);
        one_way(own_vspace, "call_10", "replyrecv_10", 10);
        reply_alone(own_vspace);
        sending(own_vspace);
        receiving(own_vspace);
        passing(own_vspace);
    }
    return 0;
}
