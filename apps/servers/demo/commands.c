/*
 * The client that is typed at: a line is a command, what it answers ends in a line. Numbers are
 * decimal; files are named by the number that open answers.
 */
#include "demo.h"
#include "../lib/crc.h"

#define MAX_WORDS 8

static const struct client *files = &demo_session[STANDARD_FILE];

static char *words[MAX_WORDS];
static int count;

static seL4_Word number(int index)
{
    const char *c = index < count ? words[index] : "0";
    bool negative = *c == '-';
    seL4_Word value = 0;

    for (c += negative; *c >= '0' && *c <= '9'; c++)
        value = value * 10 + (seL4_Word)(*c - '0');
    return negative ? -value : value;
}

static const char *text(int index)
{
    return index < count ? words[index] : "";
}

static void say(long result)
{
    if (result < 0)
        guest_printf("%s\n", server_error_text(result));
    else
        guest_printf("%ld\n", result);
}

/* -------------------------------------------------------------- files */

static void do_open(void)
{
    say(file_open(files, text(1), number(2)));
}

static void do_close(void)
{
    say(file_close(files, (long)number(1)));
}

/* read FILE BYTES [POSITION] */
static void do_read(void)
{
    long n = file_read_buffer(files, (long)number(1), number(2), count > 3 ? number(3) : FILE_NEXT);

    if (n < 0)
        say(n);
    else
        guest_printf("%ld %x\n", n, crc32_of(0, files->buffer, (size_t)n));
}

/* write FILE BYTES SEED [POSITION] */
static void do_write(void)
{
    size_t bytes = number(2);

    for (size_t i = 0; i < bytes && i < files->bytes; i++)
        files->buffer[i] = (char)(number(3) + i * 7 + (i >> 8));
    say(file_write_buffer(files, (long)number(1), bytes, count > 4 ? number(4) : FILE_NEXT));
}

static void do_seek(void)
{
    say(file_seek(files, (long)number(1), (long)number(2), (unsigned int)number(3)));
}

static void say_status(long error, const struct sel4ux_host_status *status)
{
    static const char *const kinds[] = {"other", "directory", "file"};

    if (error < 0)
        say(error);
    else if (status->kind == SEL4UX_HOST_DIRECTORY)
        guest_printf("directory\n");
    else
        guest_printf("%s %lu\n", kinds[status->kind % 3], status->size);
}

static void do_fstat(void)
{
    struct sel4ux_host_status status;
    long error = file_stat(files, (long)number(1), &status);

    say_status(error, &status);
}

static void do_stat(void)
{
    struct sel4ux_host_status status;
    long error = file_stat_path(files, text(1), &status);

    say_status(error, &status);
}

static void do_truncate(void)
{
    say(file_truncate(files, (long)number(1), number(2)));
}

static void do_sync(void)
{
    say(file_sync(files, (long)number(1)));
}

static void print_entries(long bytes)
{
    for (long at = 0; at < bytes;) {
        const struct sel4ux_host_entry *entry = (const void *)(files->buffer + at);

        for (unsigned int i = 0; i < entry->name_length; i++)
            guest_putchar(entry->name[i]);
        if (entry->kind == SEL4UX_HOST_DIRECTORY)
            guest_printf("/\n");
        else
            guest_printf(" %lu\n", entry->size);
        at += entry->length;
    }
}

/* list [PATH], then a line with how many bytes of entries there were */
static void do_list(void)
{
    long folder = 0, n = 0, all = 0;
    seL4_Word cookie = 0;

    if (count > 1)
        folder = file_open(files, text(1), SEL4UX_HOST_OPEN_DIRECTORY);
    if (folder < 0) {
        say(folder);
        return;
    }
    while ((n = file_list(files, folder, &cookie)) > 0) {
        print_entries(n);
        all += n;
    }
    if (folder)
        file_close(files, folder);
    say(n < 0 ? n : all);
}

static long read_direct(void)
{
    struct sel4ux_host_buffer buffer = {CLIENT_BUFFERS + STANDARD_FILE, 0, PAGE_SIZE};

    return sel4ux_host_read(DEMO_RECEIVED, buffer, 0);
}

/* direct FILE: reads by the file's own host object, tries to write, closes it, tries to read again
 */
static void do_direct(void)
{
    struct sel4ux_host_buffer buffer = {CLIENT_BUFFERS + STANDARD_FILE, 0, 1};
    long error = file_direct(files, (long)number(1), DEMO_CNODE, DEMO_RECEIVED, CHILD_RADIX);
    long n = error ? error : read_direct();

    if (n < 0) {
        say(n);
        return;
    }
    guest_printf("%ld %x", n, crc32_of(0, files->buffer, (size_t)n));
    guest_printf(sel4ux_host_write(DEMO_RECEIVED, buffer, 0) < 0 ? ", read-only" : ", writable");
    file_close(files, (long)number(1));
    guest_printf(read_direct() < 0 ? ", gone\n" : ", still there\n");
}

static void do_mkdir(void)
{
    say(file_make_directory(files, text(1)));
}

static void do_remove(void)
{
    say(file_remove(files, text(1)));
}

static void do_rename(void)
{
    say(file_rename(files, text(1), text(2)));
}

/* -------------------------------------------------------------- bulk */

static void say_speed(const char *what, seL4_Word bytes, seL4_Word ns)
{
    guest_printf("%s %lu bytes in %lu us, %lu MB/s\n", what, bytes, ns / 1000,
                 ns ? bytes * 1000 / ns : 0);
}

/* The file's checksum, read through the buffer; what is done with each piece besides is `to`. */
static long pass(const char *from, long to, uint32_t *crc, seL4_Word *bytes)
{
    long file = file_open(files, from, 0), n = 0, moved = 0;
    seL4_Word position = 0;

    if (file < 0)
        return file;
    while ((n = file_read_buffer(files, file, files->bytes, position)) > 0) {
        if (crc)
            *crc = crc32_of(*crc, files->buffer, (size_t)n);
        for (long done = 0; to && done < n && moved >= 0; done += moved)
            moved = client_call(files, FILE_WRITE, (seL4_Word)to, (seL4_Word)done,
                                (seL4_Word)(n - done), position + (seL4_Word)done);
        if (moved < 0)
            break;
        position += (seL4_Word)n;
    }
    file_close(files, file);
    *bytes = position;
    return moved < 0 ? moved : n;
}

static void do_sum(void)
{
    seL4_Word bytes;
    uint32_t crc = 0;
    long error = pass(text(1), 0, &crc, &bytes);

    if (error < 0)
        say(error);
    else
        guest_printf("%lu %x\n", bytes, crc);
}

/* copy FROM TO */
static void do_copy(void)
{
    long to =
        file_open(files, text(2),
                  SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE | SEL4UX_HOST_OPEN_TRUNCATE);
    seL4_Word bytes, begun = timer_now(&demo_session[STANDARD_TIMER]);
    long error = to < 0 ? to : pass(text(1), to, NULL, &bytes);

    if (error < 0)
        say(error);
    else
        say_speed("copied", bytes, timer_now(&demo_session[STANDARD_TIMER]) - begun);
    if (to > 0)
        file_close(files, to);
}

/* speed PATH MEBIBYTES [KIBIBYTES at once]: writes a file and reads it again */
static void do_speed(void)
{
    seL4_Word total = number(2) << 20, piece = count > 3 ? number(3) << 10 : files->bytes, at = 0;
    const struct client *timer = &demo_session[STANDARD_TIMER];
    long file =
        file_open(files, text(1),
                  SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE | SEL4UX_HOST_OPEN_TRUNCATE);
    seL4_Word begun = timer_now(timer);
    long n = 1;

    for (; at < total && n > 0; at += (seL4_Word)n)
        n = file_write_buffer(files, file, piece, at);
    say_speed("wrote", at, timer_now(timer) - begun);
    begun = timer_now(timer);
    for (at = 0; at < total && n > 0; at += (seL4_Word)n)
        n = file_read_buffer(files, file, piece, at);
    say_speed("read", at, timer_now(timer) - begun);
    say(n < 0 ? n : file_close(files, file));
}

/* -------------------------------------------------------------- the other servers */

/* block: size, and whether what is written comes back */
static void do_block(void)
{
    const struct client *blocks = &demo_session[STANDARD_BLOCK];
    long size = block_capacity(blocks), last = size - 4096;
    bool same = true;

    for (unsigned int i = 0; i < 4096; i++)
        blocks->buffer[i] = (char)(i * 5);
    same = block_write(blocks, 4096, (seL4_Word)last) == 4096;
    memset(blocks->buffer, 0, 4096);
    same = same && block_read(blocks, 8192, (seL4_Word)last) == 4096 && block_sync(blocks) == 0;
    for (unsigned int i = 0; i < 4096; i++)
        same = same && blocks->buffer[i] == (char)(i * 5);
    guest_printf("%ld %s\n", size, same ? "same" : "other");
    say(block_read(blocks, 100, 0));
    say(block_read(blocks, 512, (seL4_Word)size + 512));
}

/* timer MILLISECONDS: sleeps, and waits for five periods */
static void do_timer(void)
{
    const struct client *timer = &demo_session[STANDARD_TIMER];
    seL4_Word ns = number(1) * 1000000, begun = timer_now(timer), slept, periods = 0;

    timer_sleep(timer, ns);
    slept = timer_now(timer) - begun;
    timer_period(timer, ns);
    while (periods < 5)
        periods += (seL4_Word)timer_wait(timer);
    timer_period(timer, 0);
    guest_printf("%s %s\n", slept >= ns ? "slept" : "woke early",
                 timer_now(timer) - begun >= 6 * ns ? "periods" : "periods too early");
    say(timer_wait(timer));
}

static void do_date(void)
{
    say(client_call(&demo_session[STANDARD_TIMER], TIMER_DATE, 0, 0, 0, 0));
}

static void do_random(void)
{
    const struct client *random = &demo_session[STANDARD_RANDOM];
    long n = random_read(random, 32);

    if (n < 0)
        say(n);
    else
        guest_printf("%ld %x\n", n, crc32_of(0, random->buffer, (size_t)n));
}

/* raw: one byte as it comes */
static void do_raw(void)
{
    const struct client *console = &demo_session[STANDARD_CONSOLE];
    char c = 0;
    long n;

    console_mode(console, CONSOLE_RAW);
    guest_printf("type\n");
    n = console_read(console, &c, 1);
    console_mode(console, CONSOLE_COOKED);
    guest_printf("%ld %d\n", n, c);
}

/* -------------------------------------------------------------- what the root task does */

/* stress [ROUNDS] */
static void do_stress(void)
{
    long killed;

    seL4_SetMR(0, count > 1 ? number(1) : 1);
    seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(DEMO_STRESS, 0, 0, 1));
    killed = (long)seL4_GetMR(0);
    if (killed < 0)
        guest_printf("failed: %ld\n", killed);
    else
        guest_printf("%ld killed, nothing is lost\n", killed);
}

/* counts: of each server, sessions, requests that wait, what else it keeps */
static void do_counts(void)
{
    for (unsigned int i = 0; i < STANDARD_COUNT; i++) {
        seL4_SetMR(0, i);
        seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(DEMO_COUNT, 0, 0, 1));
        guest_printf("%lu %lu %lu\n", seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2));
    }
}

/* break SERVER: by its number, in the order of counts */
static void do_break(void)
{
    seL4_SetMR(0, number(1));
    seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(DEMO_BREAK, 0, 0, 1));
    guest_printf("it will\n");
}

/* hostile SEED REQUESTS */
static void do_hostile(void)
{
    unsigned int refused = client_hostile(number(1), (unsigned int)number(2));

    for (long f = 1; f < 96; f++) /* what it may have opened */
        file_close(files, f);
    timer_period(&demo_session[STANDARD_TIMER], 0);
    console_mode(&demo_session[STANDARD_CONSOLE], CONSOLE_COOKED);
    guest_printf("%u refused\n", refused);
}

static const struct command {
    const char *name;
    void (*run)(void);
} commands[] = {
    {"open", do_open},         {"close", do_close},   {"read", do_read},     {"write", do_write},
    {"seek", do_seek},         {"fstat", do_fstat},   {"stat", do_stat},     {"list", do_list},
    {"truncate", do_truncate}, {"sync", do_sync},     {"mkdir", do_mkdir},   {"remove", do_remove},
    {"rename", do_rename},     {"direct", do_direct}, {"sum", do_sum},       {"copy", do_copy},
    {"speed", do_speed},       {"block", do_block},   {"timer", do_timer},   {"date", do_date},
    {"random", do_random},     {"raw", do_raw},       {"stress", do_stress}, {"counts", do_counts},
    {"hostile", do_hostile},   {"break", do_break},
};

static void split(char *line)
{
    count = 0;
    for (char *c = line; *c && count < MAX_WORDS;) {
        while (*c == ' ')
            *c++ = 0;
        if (*c)
            words[count++] = c;
        while (*c && *c != ' ')
            c++;
    }
}

static void run(void)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, words[0]) == 0) {
            commands[i].run();
            return;
        }
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        guest_printf("%s ", commands[i].name);
    guest_printf("quit\n");
}

void client_shell(void)
{
    const struct client *console = &demo_session[STANDARD_CONSOLE];
    char line[512];
    long n;

    for (;;) {
        console_write(console, "> ", 2);
        n = console_read(console, line, sizeof(line));
        if (n == -SERVER_INTERRUPTED)
            continue;
        if (n <= 0)
            return;
        line[line[n - 1] == '\n' ? n - 1 : n % (long)sizeof(line)] = 0;
        split(line);
        if (count && strcmp(words[0], "quit") == 0)
            return;
        if (count)
            run();
    }
}
