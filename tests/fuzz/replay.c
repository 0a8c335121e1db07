/*
 * Runs a fuzz target without a fuzzer, so that every compiler can: over kept inputs, then over
 * random ones. Each path is a file, or a folder whose files are taken. Fails when there was nothing
 * to run.
 *
 *     replay_NAME [-random=COUNT] [-seed=NUMBER] [-max_len=BYTES] PATH...
 *
 * The same arguments give the same inputs. Every other random input is a kept one with some
 * changes. An input on which the target dies is left in failed-input.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

#define MAX_CHANGES 8

struct input {
    uint8_t *data; /* exactly sized: sanitizers see a read beyond it */
    size_t size;
};

static struct input *kept, current;
static unsigned kept_count, runs;
static uint64_t random_state = 1;

static void save_current(void)
{
    FILE *file = fopen("failed-input", "wb");

    if (file && fwrite(current.data, 1, current.size, file) == current.size && !fclose(file))
        fprintf(stderr, "run %u died; its input is in failed-input\n", runs + 1);
}

static void run(struct input input)
{
    current = input;
    LLVMFuzzerTestOneInput(input.data, input.size);
    runs++;
}

static struct input new_input(size_t size)
{
    struct input input = {malloc(size ? size : 1), size};

    if (!input.data) {
        perror("replay");
        exit(1);
    }
    return input;
}

/* ------------------------------------------------------------------ kept inputs */

static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat st;

    if (!file || fstat(fileno(file), &st)) {
        perror(path);
        exit(1);
    }
    struct input input = new_input((size_t)st.st_size);
    kept = realloc(kept, (kept_count + 1) * sizeof(*kept));
    if (!kept || fread(input.data, 1, input.size, file) != input.size) {
        perror(path);
        exit(1);
    }
    fclose(file);
    kept[kept_count++] = input;
    run(input);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void run_path(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, by_name);

    if (count < 0) {
        run_file(path);
        return;
    }
    for (int i = 0; i < count; i++) {
        char name[4096];

        snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            run_file(name);
        free(entries[i]);
    }
    free(entries);
}

/* ------------------------------------------------------------------ random inputs */

static uint64_t draw(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (random_state * 0x2545f4914f6cdd1dull >> 16) % limit;
}

static void fill(uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)draw(256);
}

/* A kept input that goes on with something else, with some bytes exchanged. */
static struct input changed_input(size_t max_size)
{
    const struct input *base = &kept[draw(kept_count)];
    size_t size = base->size + draw(max_size);
    struct input input = new_input(size < max_size ? size : max_size);
    size_t taken = base->size < input.size ? base->size : input.size;

    memcpy(input.data, base->data, taken);
    fill(input.data + taken, input.size - taken);
    for (uint64_t i = draw(MAX_CHANGES); i > 0 && taken; i--)
        input.data[draw(taken)] = (uint8_t)draw(256);
    return input;
}

static void run_random(unsigned count, size_t max_size)
{
    for (unsigned i = 0; i < count; i++) {
        struct input input;

        if (i % 2 && kept_count) {
            input = changed_input(max_size);
        } else {
            input = new_input(draw(max_size) + 1);
            fill(input.data, input.size);
        }
        run(input);
        free(input.data);
    }
}

int main(int argc, char **argv)
{
    unsigned long count = 0, max_size = 400;

    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(save_current);
    for (int i = 1; i < argc; i++) {
        if (sscanf(argv[i], "-random=%lu", &count) == 1 ||
            sscanf(argv[i], "-max_len=%lu", &max_size) == 1 ||
            sscanf(argv[i], "-seed=%lu", &random_state) == 1)
            continue;
        run_path(argv[i]);
    }
    random_state |= 1; /* the generator stays at 0 */
    run_random((unsigned)count, max_size ? max_size : 1);
    printf("%u inputs\n", runs);
    for (unsigned i = 0; i < kept_count; i++)
        free(kept[i].data);
    free(kept);
    return runs ? 0 : 1;
}
