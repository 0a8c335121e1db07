/* sleep MILLISECONDS */
#include "sos.h"

int sos_main(int argc, char **argv)
{
    unsigned long ms;

    if (argc != 2 || !sos_number(argv[1], &ms)) {
        guest_printf("usage: sleep MILLISECONDS\n");
        return 2;
    }
    sos_sleep(ms * 1000000);
    return 0;
}
