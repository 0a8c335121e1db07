/*
 * What the client of the file server does when it is told `speed`, done by a plain Linux program:
 * writes a file in pieces and reads it again, and says how long both took.
 *
 *   bench_plain_files FILE MEBIBYTES KIBIBYTES
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* False: the file took or gave less. */
static bool pass(int file, char *buffer, long total, long piece, bool write)
{
    double begun = now();
    long done = 0;

    for (ssize_t n = 1; done < total && n > 0; done += n)
        n = write ? pwrite(file, buffer, (size_t)piece, done)
                  : pread(file, buffer, (size_t)piece, done);
    printf("%s %ld bytes in %.0f us\n", write ? "wrote" : "read", done, (now() - begun) * 1e6);
    return done == total;
}

int main(int argc, char **argv)
{
    long total = argc == 4 ? atol(argv[2]) << 20 : 0, piece = argc == 4 ? atol(argv[3]) << 10 : 0;
    char *buffer = piece > 0 ? calloc(1, (size_t)piece) : NULL;
    int file = argc == 4 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600) : -1;

    if (file < 0 || buffer == NULL) {
        fprintf(stderr, "usage: bench_plain_files FILE MEBIBYTES KIBIBYTES\n");
        return 2;
    }
    return pass(file, buffer, total, piece, true) && pass(file, buffer, total, piece, false) ? 0
                                                                                             : 1;
}
