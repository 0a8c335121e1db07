/*
 * A peer in a process of its own, see peer.h.
 */
#include "peer.h"

int main(void)
{
    static const struct peer_caps caps = {.endpoint = CHILD_ENDPOINT,
                                          .ping = CHILD_PING,
                                          .pong = CHILD_PONG,
                                          .cnode = CHILD_CNODE,
                                          .slot = CHILD_SLOT,
                                          .depth = CHILD_RADIX};

    peer_run((struct peer_page *)PEER_PAGE, &caps);
}
