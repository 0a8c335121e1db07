/* ps: the processes, with their pages in frames and on the disk. */
#include "sos.h"

int sos_main(int argc, char **argv)
{
    static const char *const states[] = {"runs", "waits", "ended"};
    struct sos_process p;

    (void)argc;
    (void)argv;
    guest_printf("  PID PARENT   JOB STATE FRAMES   DISK NAME\n");
    for (unsigned long i = 0; sos_status(i, &p) == 0; i++) {
        guest_printf("%5d %6d %5d ", p.pid, p.parent, p.job);
        sos_column(states[p.state], 5);
        guest_printf(" %6u %6u %s\n", p.resident, p.swapped, p.name);
    }
    return 0;
}
