/* One of the many processes of vspaces: calls its server twice, each time with its memory in order.
 */
#include "guest.h"

static volatile seL4_Word count[3 * PAGE_SIZE / sizeof(seL4_Word)];

int main(void)
{
    for (int n = 0; n < 2; n++) {
        for (size_t i = 0; i < sizeof(count) / sizeof(count[0]); i += 100) {
            if (count[i]++ != (seL4_Word)n)
                guest_die("memory of another process");
        }
        seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(1, 0, 0, 0));
    }
    return 0;
}
