/*
 * Fuzzes what a debugger may send: the bytes, in pieces of any size, to the decoder; the packets
 * that come out of that to the whole server, with a machine that has booted behind it; and the same
 * bytes as a file to look for ELF files in.
 *
 * What was decoded encodes to what decodes to it again, whatever the pieces were. A packet changes
 * nothing but what a debugger may change: the kernel model's invariants hold after each.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_environment.h"
#include "gdb/dispatch.h"
#include "kernel/vspace/vspace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IMAGE       0x400000ull
#define IMAGE_SIZE  0x4000ull
#define KERNEL_ROOM 0x200000ull /* before the image in physical memory */

static void check(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

/* ------------------------------------------------------------------ the decoder */

static struct gdb_decoder decoders[3];

static void reset(struct gdb_decoder *d)
{
    memset(d, 0, offsetof(struct gdb_decoder, data));
}

/* A packet that was sent anew by us is understood as the same. */
static void check_round_trip(const struct gdb_decoder *d)
{
    static char encoded[GDB_ENCODED_MAX(GDB_PACKET_MAX)];
    size_t n = gdb_encode(encoded, '$', d->data, d->size);
    const char *next = encoded;

    check(n <= sizeof encoded, "an encoded packet fits");
    reset(&decoders[2]);
    check(gdb_decode(&decoders[2], &next, encoded + n) == GDB_PACKET && next == encoded + n,
          "what is encoded is a packet");
    check(decoders[2].size == d->size && memcmp(decoders[2].data, d->data, d->size) == 0,
          "of the same data");
}

/* Byte by byte is as good as all at once. */
static void check_pieces(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size, *whole = at;

    reset(&decoders[0]);
    reset(&decoders[1]);
    while (at < end) {
        const char *next = at;
        enum gdb_input got = gdb_decode(&decoders[1], &next, at + 1);

        check(next == at + 1, "a byte is taken");
        at = next;
        if (got == GDB_MORE)
            continue;
        check(gdb_decode(&decoders[0], &whole, end) == got && whole == at, "the same thing");
        check(got != GDB_PACKET ||
                  (decoders[0].size == decoders[1].size && decoders[0].size <= GDB_PACKET_MAX),
              "of the same size");
        if (got == GDB_PACKET)
            check_round_trip(&decoders[1]);
    }
}

/* ------------------------------------------------------------------ the server */

static struct machine *machine;
static struct gdb server;
static struct pausing pausing;

static void kick(void *context)
{
    (void)context;
}

static void boot(void)
{
    struct boot_image image = {
        .vaddr_start = IMAGE,
        .vaddr_end = IMAGE + IMAGE_SIZE,
        .paddr_start = 2 * KERNEL_ROOM,
        .entry = IMAGE,
        .kernel_start = KERNEL_ROOM,
        .kernel_end = 2 * KERNEL_ROOM,
        .tsc_mhz = 1000,
        .memory_count = 1,
        .memory = {{KERNEL_ROOM, FAKE_MACHINE_RAM}},
    };
    const char *why = "?";

    machine = fake_machine_new();
    machine->kernel.config = fake_machine_config();
    machine->kernel.config.printing = true;
    machine->kernel.config.huge_page = true;
    check(kernel_boot(&machine->kernel, &image, &why) == 0, why);
    machine->pause = PAUSE_HELD;
    debugger_attach(machine);
    pausing = (struct pausing){.machine = machine, .kick = kick, .wishes = 1};
    server.machine = machine;
    server.pausing = &pausing;
}

static void forget_server(void)
{
    gdb_text_free(&server.in);
    gdb_text_free(&server.out);
    gdb_text_free(&server.last);
    gdb_text_free(&server.reply);
    gdb_text_free(&server.object);
    server = (struct gdb){.talking = {.fd = -1}, .listening = {.fd = -1}};
    server.setup.listener = -1;
}

/* The thread executes an int3, or is interrupted; the machine may stop for it. */
static void run_machine(unsigned choice)
{
    const struct stop stops[] = {{.kind = STOP_NONE},
                                 {.kind = STOP_EXCEPTION, .number = 3},
                                 {.kind = STOP_VM_FAULT, .address = 8, .code = 4}};
    struct stop stop = stops[choice % 3];

    machine->pause = PAUSE_NONE;
    if (machine->kernel.current != 0 && choice % 3 == 1) {
        struct tcb *t = kernel_current(&machine->kernel);

        t->regs.fault_ip = ++t->regs.rip;
    }
    machine_enter(machine, &stop);
    machine->pause = PAUSE_HELD;
    gdb_text_clear(&server.reply);
    gdb_look_at_stop(&server);
}

static void answer(const struct gdb_decoder *d)
{
    const char *wrong;

    memcpy(&server.decoder, d, sizeof *d);
    gdb_text_clear(&server.reply);
    gdb_text_clear(&server.out);
    server.silent = false;
    gdb_dispatch(&server);
    if (server.running)
        run_machine((unsigned)d->size);
    wrong = kernel_check(&machine->kernel);
    check(wrong == NULL, wrong);
}

static void check_server(const uint8_t *data, size_t size)
{
    const char *next = (const char *)data, *end = next + size;

    forget_server();
    boot();
    reset(&decoders[0]);
    decoders[0].no_sums = true;
    while (next < end && !server.detached) {
        if (gdb_decode(&decoders[0], &next, end) == GDB_PACKET)
            answer(&decoders[0]);
    }
    debugger_detach(machine);
    fake_machine_free(machine);
    forget_server();
}

/* ------------------------------------------------------------------ symbols */

static bool read_file(void *context, uint64_t address, void *bytes, size_t size)
{
    const struct symbol_file *f = context;

    if (address % 8 != 0 || size > f->size)
        return false;
    memcpy(bytes, f->data, size);
    return true;
}

static void check_symbols(const uint8_t *data, size_t size)
{
    struct symbols s = {NULL, 0};
    uint8_t *copy = malloc(size + 1);
    struct symbol_file whole = {.data = copy, .size = size};
    int found;

    if (copy == NULL)
        return;
    memcpy(copy, data, size);
    symbols_scan(&s, "image", copy, size);
    for (size_t n = 0; n < s.count; n++)
        check(s.file[n].data > copy && s.file[n].data + s.file[n].size <= copy + size,
              "an ELF file lies in its image");
    found = symbols_match(&s, read_file, &whole);
    check(found >= -1 && found < (int)s.count, "a match is one of the files");
    symbols_close(&s);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_pieces(data, size);
    check_symbols(data, size);
    check_server(data, size);
    return 0;
}
