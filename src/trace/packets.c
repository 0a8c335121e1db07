/*
 * The packets that describe: the dictionary of fixed names and the machine's own tracks at the head
 * of the file; processes, threads and their names when they are first met.
 */
#include <ctype.h>
#include <string.h>

#include "trace/names.h"
#include "trace/packet.h"

#define DICTIONARY_ROOM PB_MESSAGE_MAX

struct space {
    uint64_t pml4; /* first: the map's */
    uint32_t pid;
};

static uint64_t track_of_thread(uint32_t tid)
{
    return TRACK_FIRST_FREE + 2 * (uint64_t)tid;
}

static uint64_t track_of_process(uint32_t pid)
{
    return track_of_thread(pid) + 1;
}

/* ------------------------------------------------------------------ the head */

static void put_entry(struct packet *k, unsigned field, unsigned iid, const char *text)
{
    uint8_t *entry = pb_open(k->p, field);

    k->p = pb_uint(entry, ENTRY_IID, iid);
    k->p = pb_bytes(k->p, ENTRY_TEXT, text, strlen(text));
    pb_close(entry, k->p);
}

static void put_dictionary(struct trace *trace)
{
#define TEXT(id, text) [id] = text,
    static const char *const categories[] = {TRACE_CATEGORIES(TEXT)};
    static const char *const arguments[] = {TRACE_ARGUMENTS(TEXT)};
#undef TEXT
    struct packet k;

    packet_begin(&k, trace, FLAG_STATE_CLEARED, PACKET_INTERNED, DICTIONARY_ROOM);
    if (k.lost)
        return;
    for (unsigned i = 1; i < CATEGORY_COUNT; i++)
        put_entry(&k, INTERNED_CATEGORY, i, categories[i]);
    for (unsigned i = 1; i < ARG_ALL; i++)
        put_entry(&k, INTERNED_ARGUMENT, i, arguments[i]);
    for (unsigned i = 1; i < NAME_FIRST_FREE; i++) {
        char text[NAME_TEXT_MAX];

        if (trace_name_text(i, text))
            put_entry(&k, INTERNED_NAME, i, text);
    }
    packet_end(&k);
}

static void put_track(struct trace *trace, uint64_t track, const char *name, bool is_counter)
{
    struct packet k;

    packet_begin(&k, trace, FLAG_NEEDS_STATE, PACKET_TRACK_DESCRIPTOR, TRACE_PACKET_ROOM);
    k.p = pb_uint(k.p, DESCRIPTOR_UUID, track);
    k.p = pb_bytes(k.p, DESCRIPTOR_NAME, name, strlen(name));
    if (track != TRACK_KERNEL)
        k.p = pb_uint(k.p, DESCRIPTOR_PARENT, TRACK_KERNEL);
    if (is_counter) {
        uint8_t *counter = k.p = pb_open(k.p, DESCRIPTOR_COUNTER);

        k.p = pb_uint(k.p, COUNTER_UNIT, COUNTER_UNIT_BYTES);
        pb_close(counter, k.p);
    }
    packet_end(&k);
}

void packet_head(struct trace *trace)
{
    put_dictionary(trace);
    put_track(trace, TRACK_KERNEL, "Kernel", false);
    put_track(trace, TRACK_CPU, "CPU", false);
    put_track(trace, TRACK_INTERRUPTS, "Interrupts", false);
    put_track(trace, TRACK_OUTPUT, "Serial output", true);
}

/* ------------------------------------------------------------------ processes and threads */

/* Names are the guest's: what is not printable would be no UTF-8 or no line. */
static void clean_name(const struct thread *thread, char name[THREAD_NAME_SIZE])
{
    size_t n = 0;

    for (; n < THREAD_NAME_SIZE - 1 && thread->name[n] != '\0'; n++)
        name[n] = isprint((unsigned char)thread->name[n]) ? thread->name[n] : '_';
    name[n] = '\0';
}

static void put_process(struct trace *trace, uint32_t pid, const char *name)
{
    struct packet k;
    uint8_t *process;

    packet_begin(&k, trace, FLAG_NEEDS_STATE, PACKET_TRACK_DESCRIPTOR, TRACE_PACKET_ROOM);
    k.p = pb_uint(k.p, DESCRIPTOR_UUID, track_of_process(pid));
    process = k.p = pb_open(k.p, DESCRIPTOR_PROCESS);
    k.p = pb_uint(k.p, PROCESS_PID, pid);
    k.p = pb_bytes(k.p, PROCESS_NAME, name, strlen(name));
    pb_close(process, k.p);
    packet_end(&k);
}

static void put_thread(struct trace *trace, const struct thread *thread, const char *name)
{
    struct packet k;
    uint8_t *inner;

    packet_begin(&k, trace, FLAG_NEEDS_STATE, PACKET_TRACK_DESCRIPTOR, TRACE_PACKET_ROOM);
    k.p = pb_uint(k.p, DESCRIPTOR_UUID, track_of_thread(thread->tid));
    k.p = pb_uint(k.p, DESCRIPTOR_PARENT, track_of_process(thread->pid));
    inner = k.p = pb_open(k.p, DESCRIPTOR_THREAD);
    k.p = pb_uint(k.p, THREAD_PID, thread->pid);
    k.p = pb_uint(k.p, THREAD_TID, thread->tid);
    k.p = pb_bytes(k.p, THREAD_NAME, name, strlen(name));
    pb_close(inner, k.p);
    packet_end(&k);
}

static void put_thread_name(struct trace *trace, struct thread *thread, const char *name)
{
    struct packet k;

    thread->name_iid = NAME_FIRST_FREE + trace->last_text++;
    packet_begin(&k, trace, FLAG_NEEDS_STATE, PACKET_INTERNED, TRACE_PACKET_ROOM);
    put_entry(&k, INTERNED_NAME, thread->name_iid, name);
    put_entry(&k, INTERNED_TEXT, thread->name_iid, name);
    packet_end(&k);
}

/* A VSpace has no name of its own: it is called as the first thread that is seen in it. */
static void describe(struct trace *trace, struct thread *thread)
{
    char name[THREAD_NAME_SIZE];

    clean_name(thread, name);
    if (thread->tid == 0) {
        /* threads without a VSpace share the process of "none": no PML4 lies at address 1 */
        struct space *space = map_get(&trace->spaces, thread->space != 0 ? thread->space : 1);

        thread->tid = ++trace->last_id;
        thread->pid = space != NULL && space->pid != 0 ? space->pid : thread->tid;
        if (thread->pid == thread->tid)
            put_process(trace, thread->pid, name);
        if (space != NULL)
            space->pid = thread->pid;
    }
    put_thread(trace, thread, name);
    put_thread_name(trace, thread, name);
}

uint64_t packet_thread_track(struct trace *trace, struct thread *thread)
{
    if (thread->tid == 0 || thread->name_iid == 0)
        describe(trace, thread);
    return track_of_thread(thread->tid);
}

/* The VSpace at this address is gone: the next one there is another process. */
void packet_space_gone(struct trace *trace, uint64_t pml4)
{
    struct space *space = pml4 != 0 ? map_get(&trace->spaces, pml4) : NULL;

    if (space != NULL)
        space->pid = 0;
}

int trace_open(struct trace *trace, const char *path, struct threads *threads, struct error *err)
{
    int status;

    *trace = (struct trace){.threads = threads, .spaces.thing_size = sizeof(struct space)};
    status = sink_open(&trace->sink, "--trace", path, err);
    if (status == 0)
        packet_head(trace);
    return status;
}

int trace_close(struct trace *trace, struct error *err)
{
    map_free(&trace->spaces);
    return sink_close(&trace->sink, err);
}
