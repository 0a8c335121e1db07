/*
 * Fuzzes the views: a small system in memory, with words of it overwritten as the input says, or
 * memory that is the input over and over. Whatever the state claims, each view comes to its end,
 * and writes printable lines; JSON can be parsed.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_platform.h"
#include "kernel/mdb.h"
#include "kernel/thread.h"
#include "view/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RAM_SIZE (2ull << 20) /* of which the scene, from 1 MiB on, takes a part */
#define TEXT_MAX (64u << 20)

static void check(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

/* ------------------------------------------------------------------ where the words go */

struct text {
    char *bytes; /* NULL: only looked at */
    size_t size, room;
};

static void take(void *context, const char *words, size_t size)
{
    struct text *t = context;

    for (size_t i = 0; i < size; i++)
        check((words[i] >= ' ' && words[i] <= '~') || words[i] == '\n', "only printable lines");
    check(t->size + size < TEXT_MAX, "no end of words");
    if (t->bytes != NULL) {
        if (t->size + size >= t->room) {
            t->room = 2 * (t->size + size) + 4096;
            t->bytes = realloc(t->bytes, t->room);
        }
        memcpy(t->bytes + t->size, words, size);
        t->bytes[t->size + size] = '\0';
    }
    t->size += size;
}

static void check_json(const struct view_subject *subject)
{
    struct text text = {.bytes = malloc(4096), .room = 4096};
    struct view_out out = {.write = take, .context = &text};
    cJSON *json;

    check(view_export(subject, VIEW_JSON, VIEW_ALL, NULL, &out, NULL) == 0, "there is memory");
    json = cJSON_ParseWithLength(text.bytes, text.size);
    check(json != NULL, "JSON that can be parsed");
    cJSON_Delete(json);
    free(text.bytes);
}

static void look(const struct view_subject *subject)
{
    struct text text = {.bytes = NULL};
    struct view_out out = {.write = take, .context = &text};

    view_print(subject, VIEW_ALL, NULL, &out, NULL);
    view_print(subject, VIEW_ALL, "rootserver", &out, NULL);
    view_export(subject, VIEW_DOT, VIEW_ALL, NULL, &out, NULL);
    view_export(subject, VIEW_DOT, VIEW_ALL, "rootserver", &out, NULL);
    view_export(subject, VIEW_CAPDL, VIEW_ALL, NULL, &out, NULL);
    check(view_short(subject, true, &out) <= VIEW_SHORT_LINES, "few lines in the short form");
    view_short(subject, false, &out);
    check_json(subject);
}

/* ------------------------------------------------------------------ the scene */

static paddr add_thread(struct kernel *k, const char *name)
{
    paddr tcb = fake_thread(k, 100);

    snprintf(kernel_tcb(k, tcb)->name, THREAD_NAME_SIZE, "%s", name);
    return tcb;
}

static void add_vspace(struct kernel *k, paddr tcb)
{
    paddr table[4], frame = fake_alloc(k, PAGE_BITS);

    for (unsigned i = 0; i < 4; i++)
        table[i] = fake_alloc(k, TABLE_BITS);
    for (unsigned i = 0; i < 4; i++)
        *(uint64_t *)kernel_at(k, table[i]) =
            (i < 3 ? table[i + 1] : frame) | PTE_PRESENT | PTE_WRITE | PTE_USER;
    fake_put(k, fake_slot(tcb, TCB_VTABLE),
             (struct cap){.table = {.type = CAP_PML4, .obj = table[0], .asid = 1, .is_mapped = 1}});
    fake_put(k, fake_thread_slot(k, tcb, 10),
             (struct cap){.frame = {.type = CAP_FRAME, .obj = frame, .rights = VM_READ_WRITE}});
}

/* Two threads with a CSpace, an endpoint, a notification and an interrupt between them. */
static struct kernel *new_scene(bool mcs)
{
    struct kernel *k = fake_kernel_new();
    paddr root = add_thread(k, "rootserver"), client = add_thread(k, "client");
    struct cap ep = fake_endpoint(k), node = fake_cnode(k, 2, 0, 0), untyped = fake_untyped(k, 12);

    k->config.mcs = mcs;
    k->abi.notification_bits = mcs ? 6 : 5;
    k->abi.tcb_bits = MIN_TCB_BITS;
    fake_run(k, root);
    add_vspace(k, root);
    fake_put(k, fake_thread_slot(k, root, 1), ep);
    fake_put(k, fake_thread_slot(k, root, 2), node);
    fake_put(k, fake_thread_slot(k, root, 3), untyped);
    fake_put(k, fake_thread_slot(k, root, 4), fake_notification(k));
    ep.endpoint.badge = 7;
    mdb_insert(k, ep, fake_thread_slot(k, root, 1), fake_thread_slot(k, client, 1));
    k->irq_node = fake_alloc(k, 13);
    k->irq[5].state = IRQ_SIGNAL;
    kernel_tcb(k, client)->state = THREAD_BLOCKED_ON_SEND;
    kernel_tcb(k, client)->blocking_object = ep.obj;
    kernel_tcb(k, client)->failure.kind = FAILURE_LOOKUP;
    return k;
}

/* ------------------------------------------------------------------ damage */

/* A word of the scene: half of the inputs go to the kernel's own state, the rest to its objects. */
static void overwrite(struct kernel *k, const uint8_t *poke)
{
    uint32_t at;
    uint64_t value;

    memcpy(&at, poke, sizeof at);
    memcpy(&value, poke + sizeof at, sizeof value);
    if (poke[3] & 1)
        value = (value & 0xfffff) | (1u << 20); /* where the scene's objects are */
    if (poke[3] & 2)
        memcpy((char *)k + at % (sizeof *k - sizeof value), &value, sizeof value);
    else
        memcpy((char *)kernel_at(k, 1u << 20) + at % (1u << 17), &value, sizeof value);
}

#define POKE_SIZE 12

static void try_damage(const uint8_t *data, size_t size, bool mcs)
{
    struct kernel *k = new_scene(mcs);
    struct view_subject subject = {.kernel = k, .ram = RAM_SIZE};

    for (; size >= POKE_SIZE; size -= POKE_SIZE, data += POKE_SIZE)
        overwrite(k, data);
    look(&subject);
    fake_kernel_free(k);
}

/* All of memory is the input, and so are the kernel's own references to it. */
static void try_noise(const uint8_t *data, size_t size, uint64_t ram)
{
    struct kernel *k = fake_kernel_new();
    struct view_subject subject = {.kernel = k, .ram = ram};

    for (uint64_t i = 0; size > 0 && i + size <= ram; i += size)
        memcpy((char *)kernel_at(k, i), data, size);
    for (uint64_t i = 0; size > 0 && i + size <= sizeof *k; i += size)
        memcpy((char *)k + i, data, size);
    if (k->all_threads >= ram)
        k->all_threads %= ram;
    look(&subject);
    fake_kernel_free(k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    if (data[0] & 4)
        try_noise(data + 1, size - 1, 65536);
    else
        try_damage(data + 1, size - 1, data[0] & 1);
    return 0;
}
