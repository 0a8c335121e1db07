/*
 * victim KIND: waits for ever in one kind of request, to be killed there. victim alone prints the
 * kinds.
 */
#include "sos.h"

static char page[SOS_PAGE];

static void wait_for_child(void)
{
    char *arguments[] = {"victim", "sleep", NULL};
    long pid = sos_spawn("victim", arguments, SOS_STDIN, SOS_STDOUT, SOS_JOB_INHERIT);

    sos_wait(pid, 0, NULL);
    sos_sleep(~0ul >> 1); /* whoever kills both may begin with the child */
}

static void write_files(void)
{
    for (;;) {
        long fd = sos_open("victims-file", SOS_O_READ | SOS_O_WRITE | SOS_O_CREATE);

        for (int i = 0; i < 16; i++)
            sos_write(fd, page, sizeof(page));
        sos_remove("victims-file");
        sos_close(fd);
    }
}

static void use_memory(void)
{
    const unsigned long bytes = 64 * SOS_PAGE;

    for (;;) {
        char *memory = sos_mmap(bytes), *heap = sos_sbrk((long)bytes);

        for (unsigned long at = 0; at < bytes; at += SOS_PAGE)
            memory[at] = heap[at] = 1;
        sos_munmap(memory);
        sos_sbrk(-(long)bytes);
    }
}

static void use_pipe(bool reads)
{
    int ends[2];

    sos_pipe(ends);
    while (!reads)
        sos_write(ends[1], page, sizeof(page));
    sos_read(ends[0], page, sizeof(page));
}

static void start_others(void)
{
    char *arguments[] = {"echo", "-n", NULL};
    int ends[2];

    sos_pipe(ends);
    for (;;)
        sos_wait(sos_spawn("echo", arguments, SOS_STDIN, ends[1], 0), 0, NULL);
}

int sos_main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";

    if (strcmp(kind, "read") == 0)
        sos_read(SOS_STDIN, page, sizeof(page));
    else if (strcmp(kind, "sleep") == 0)
        sos_sleep(~0ul >> 1);
    else if (strcmp(kind, "child") == 0)
        wait_for_child();
    else if (strcmp(kind, "pipe-in") == 0)
        use_pipe(true);
    else if (strcmp(kind, "pipe-out") == 0)
        use_pipe(false);
    else if (strcmp(kind, "file") == 0)
        write_files();
    else if (strcmp(kind, "memory") == 0)
        use_memory();
    else if (strcmp(kind, "spawn") == 0)
        start_others();
    else if (strcmp(kind, "spin") == 0)
        for (;;)
            sos_getpid();
    else
        guest_printf("read sleep child pipe-in pipe-out file memory spawn spin\n");
    return 1;
}
