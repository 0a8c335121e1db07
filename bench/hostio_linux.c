/*
 * What bench/guests/hostio.c measures, done by an ordinary Linux program: the same lines.
 *
 *     hostio_linux FOLDER
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <x86intrin.h>

#define FILE_SIZE (16ul << 20)
#define SAMPLES   2000
#define BUDGET    100000000ul /* cycles for one figure, as in bench.c */
#define MIN       10

static unsigned long sample[SAMPLES];
static char *data;
static int file;

static int compare(const void *a, const void *b)
{
    unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

    return (x > y) - (x < y);
}

static unsigned long now(void)
{
    _mm_lfence();
    return __rdtsc();
}

static void move(char how, size_t size, off_t at)
{
    struct stat status;
    ssize_t moved = how == 's'   ? fstat(file, &status)
                    : how == 'r' ? pread(file, data, size, at)
                                 : pwrite(file, data, size, at);

    if (moved != (how == 's' ? 0 : (ssize_t)size)) {
        perror("hostio_linux");
        exit(1);
    }
}

static void measure(const char *name, char how, size_t size)
{
    unsigned long begin = now(), at = 0;
    size_t n = 0;

    for (size_t i = 0; n < SAMPLES && (now() - begin < BUDGET || n < MIN); i++) {
        unsigned long start = now();

        move(how, size, (off_t)at);
        if (i >= 16)
            sample[n++] = now() - start;
        at = (at + size) % FILE_SIZE;
    }
    qsort(sample, n, sizeof sample[0], compare);
    printf("BENCH %s cycles %zu %lu %lu %lu %lu %lu %lu\n", name, n, sample[0],
           sample[(n - 1) * 25 / 100], sample[(n - 1) / 2], sample[(n - 1) * 75 / 100],
           sample[(n - 1) * 95 / 100], sample[n - 1]);
}

int main(int argc, char **argv)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/bench-hostio", argc > 1 ? argv[1] : ".");
    file = open(path, O_RDWR | O_CREAT, 0666);
    data = mmap(NULL, 2ul << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (file < 0 || data == MAP_FAILED) {
        perror(path);
        return 1;
    }
    for (unsigned long at = 0; at < FILE_SIZE; at += 2ul << 20)
        move('w', 2ul << 20, (off_t)at);
    measure("host_request", 's', 0);
    measure("host_read_4k", 'r', 4096);
    measure("host_write_4k", 'w', 4096);
    measure("host_read_64k", 'r', 65536);
    measure("host_write_64k", 'w', 65536);
    measure("host_read_2m", 'r', 2ul << 20);
    measure("host_write_2m", 'w', 2ul << 20);
    unlink(path);
    return 0;
}
