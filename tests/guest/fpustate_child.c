/* The other process of fpustate: holds a state of its own beside a thread of the root task. */
#include "fpustate.h"

int main(void)
{
    struct fpu_area in, out;

    fpu_make(&in, 200);
    fpu_hold(&in, &out, 20, 3000000);
    seL4_Send(CHILD_ENDPOINT, seL4_MessageInfo_new(fpu_same(&in, &out), 0, 0, 0));
    return 0;
}
