/*
 * A link of the chain: counts itself, calls the next one if there is a way to go, answers.
 */
#include "chain.h"

int main(void)
{
    seL4_MessageInfo_t message = seL4_MessageInfo_new(0, 0, 0, CHAIN_WORDS);

    seL4_Recv(CHILD_ENDPOINT, NULL);
    for (;;) {
        seL4_Word left = seL4_GetMR(CHAIN_LEFT);

        seL4_SetMR(CHAIN_PASSED, seL4_GetMR(CHAIN_PASSED) + 1);
        if (left > 0) {
            seL4_SetMR(CHAIN_LEFT, left - 1);
            seL4_Call(CHAIN_NEXT, message);
        }
        seL4_ReplyRecv(CHILD_ENDPOINT, message, NULL);
    }
}
