/* time PROGRAM [ARGUMENT...]: how long a program takes; time: how long the system is up. */
#include "sos.h"

static void show(unsigned long ns)
{
    guest_printf("%lu.%06lu s\n", ns / 1000000000, ns / 1000 % 1000000);
}

int sos_main(int argc, char **argv)
{
    unsigned long start = sos_time();
    int status = 0;
    long pid;

    if (argc == 1) {
        show(start);
        return 0;
    }
    pid = sos_spawn(argv[1], argv + 1, SOS_STDIN, SOS_STDOUT, SOS_JOB_INHERIT);
    if (pid < 0)
        return sos_fail(argv[1], pid);
    sos_wait(pid, 0, &status);
    show(sos_time() - start);
    return status;
}
