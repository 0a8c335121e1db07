/* Each topic over scenes of the kernel model, and what programs read. */
#include <cjson/cJSON.h>

#include "mcs_scene.h"
#include "view_test.h"

/* ------------------------------------------------------------------ threads */

static void threads_are_called_by_name(void **state)
{
    struct kernel *k = *state;
    paddr a = scene_thread(k, 10), b = scene_thread(k, 20), c = scene_thread(k, 30);

    name_thread(k, k->current, "rootserver");
    name_thread(k, a, "worker");
    name_thread(k, b, "worker");
    name_thread(k, c, "line\nbreak");
    show(k, VIEW_THREADS);
    assert_shown("threads (4)\n");
    assert_shown("rootserver");
    assert_shown(join("worker@", named("", a) + 1, NULL));
    assert_shown(join("worker@", named("", b) + 1, NULL));
    assert_shown("line?break");
    kernel_tcb(k, c)->name[0] = '\0';
    show(k, VIEW_THREADS);
    assert_shown(named("tcb", c));
}

static void a_name_can_not_pass_for_another_objects(void **state)
{
    struct kernel *k = *state;
    paddr a = scene_thread(k, 10), b = scene_thread(k, 10), c = scene_thread(k, 10);

    name_thread(k, a, "ep_106000");
    name_thread(k, b, "x@102000");
    name_thread(k, c, "ep_server");
    show(k, VIEW_THREADS);
    assert_shown(join("ep_106000@", named("", a) + 1, NULL));
    assert_shown(join("x@102000@", named("", b) + 1, NULL));
    assert_shown("ep_server ");
}

static void one_thread_can_be_asked_for(void **state)
{
    struct kernel *k = *state;
    paddr a = scene_thread(k, 10);
    struct view_subject subject = subject_of(k);
    struct view_out out;
    struct error err;
    char address[32];

    name_thread(k, k->current, "rootserver");
    name_thread(k, a, "worker");
    show_of(k, VIEW_THREADS, "worker");
    assert_shown("worker");
    assert_shown("CSpace");
    assert_not_shown("rootserver");
    snprintf(address, sizeof address, "0x%llx", (unsigned long long)a);
    show_of(k, VIEW_THREADS, address);
    assert_shown("worker");
    out = to_shown();
    assert_int_equal(view_print(&subject, VIEW_THREADS, "nobody", &out, &err), -2);
    assert_string_equal(err.message,
                        "no thread is called 'nobody'; the topic threads lists their names");
}

/* ------------------------------------------------------------------ capabilities */

static void a_cspace_is_a_tree(void **state)
{
    struct kernel *k = *state;
    struct cap root = fake_cnode(k, 4, 20, 0x5), leaf = fake_cnode(k, 8, 0, 0);
    struct cap ep = fake_endpoint(k);

    leaf.cnode.guard_size = 32;
    fake_put(k, fake_slot(root.obj, 3), leaf);
    fake_put(k, fake_slot(leaf.obj, 0x21), ep);
    fake_put(k, fake_slot(leaf.obj, 0x22), root); /* a cycle */
    kernel_tcb(k, k->current)->slot[TCB_CTABLE].cap = root;
    name_thread(k, k->current, "rootserver");
    show(k, VIEW_CAPS);
    assert_shown("CSpace of rootserver\n");
    assert_shown("1 of 2^4 slots used, guard 0x5 of 20 bits\n");
    assert_shown(join("0x530000000000 ", named("cnode", leaf.obj), NULL));
    assert_shown(join("0x530000000021 ", named("ep", ep.obj), ", send+receive+grant", NULL));
    assert_shown(join("0x530000000022 ", named("cnode", root.obj), NULL));
    assert_shown(", shown above\n");
}

static void shared_cnodes_are_shown_once(void **state)
{
    struct kernel *k = *state;
    paddr other = scene_thread(k, 10);
    const char *found;

    name_thread(k, k->current, "a");
    name_thread(k, other, "b");
    fake_put(k, own(k, 1), fake_endpoint(k));
    kernel_tcb(k, other)->slot[TCB_CTABLE].cap = kernel_tcb(k, k->current)->slot[TCB_CTABLE].cap;
    show(k, VIEW_CAPS);
    assert_shown("CSpace of a, b\n");
    found = strstr(shown, "ep_");
    assert_non_null(found);
    assert_null(strstr(found + 1, "ep_"));
}

static void runs_of_frames_take_one_line(void **state)
{
    struct kernel *k = *state;

    for (unsigned i = 0; i < 20; i++)
        fake_put(k, own(k, 0x10 + i),
                 (struct cap){.frame = {.type = CAP_FRAME,
                                        .obj = fake_alloc(k, PAGE_BITS),
                                        .rights = VM_READ_WRITE}});
    show(k, VIEW_CAPS);
    assert_shown("0x10     20 frames of 4K, read+write, 0 mapped\n");
    name_thread(k, k->current, "me");
    show_of(k, VIEW_CAPS, "me");
    assert_not_shown("20 frames");
    assert_shown("0x23 ");
}

static void who_can_reach_an_object_is_told_with_rights(void **state)
{
    struct kernel *k = *state;
    paddr client = scene_thread(k, 10);
    struct cap ep = fake_endpoint(k);

    name_thread(k, k->current, "server");
    name_thread(k, client, "client");
    fake_put(k, own(k, 5), ep);
    ep.endpoint.can_receive = ep.endpoint.can_grant = 0;
    ep.endpoint.badge = 42;
    scene_copy(k, own(k, 5), client, 9, ep);
    show(k, VIEW_WHO);
    assert_shown(join(named("ep", ep.obj), " (endpoint)\n", NULL));
    assert_shown("server at 0x5\n");
    assert_shown("send+grant-reply, badge 42");
    assert_shown("client at 0x9\n");
    show_of(k, VIEW_WHO, "client");
    assert_shown("client at 0x9\n");
    assert_not_shown("server at 0x5");
}

static void many_badges_are_summed_up(void **state)
{
    struct kernel *k = *state;
    struct cap ep = fake_endpoint(k);

    fake_put(k, own(k, 1), ep);
    ep.endpoint.can_receive = 0;
    for (unsigned i = 0; i < 30; i++) {
        ep.endpoint.badge = 100 + i;
        scene_copy(k, own(k, 1), scene_thread(k, 10), 1, ep);
    }
    show(k, VIEW_WHO);
    assert_shown("send+grant, badges 100 to 129");
    assert_shown("30 capabilities of ");
    assert_shown(" and 26 more\n");
}

/* ------------------------------------------------------------------ memory */

static void untyped_is_a_tree(void **state)
{
    struct kernel *k = *state;
    struct cap outer = fake_untyped(k, 16), inner, ep;

    inner = (struct cap){.untyped = {.type = CAP_UNTYPED, .obj = outer.obj, .size_bits = 12}};
    ep = (struct cap){.endpoint = {.type = CAP_ENDPOINT, .obj = outer.obj}};
    outer.untyped.free = 8192;
    inner.untyped.free = 16;
    fake_put(k, own(k, 1), outer);
    mdb_insert_new(k, own(k, 1), own(k, 2), inner);
    mdb_insert_new(k, own(k, 2), own(k, 3), ep);
    show(k, VIEW_UNTYPED);
    assert_shown(join(named("ut", outer.obj), "_16  64K, 8K used: 1 untyped\n", NULL));
    assert_shown(join("  ", named("ut", outer.obj), "_12  4K, 16B used: 1 endpoint\n", NULL));
}

static void unused_untypeds_take_one_line(void **state)
{
    struct kernel *k = *state;

    for (unsigned i = 0; i < 5; i++)
        fake_put(k, own(k, 1 + i), fake_untyped(k, 12 + i));
    show(k, VIEW_UNTYPED);
    assert_shown(" and 4 more, 4K to 64K, unused\n");
}

static void map_page(struct kernel *k, paddr pt, unsigned i, paddr frame, uint64_t bits)
{
    ((uint64_t *)kernel_at(k, pt))[i] = frame | bits | PTE_PRESENT | PTE_USER;
}

static paddr vspace_of_one_table(struct kernel *k, paddr *pt)
{
    paddr pml4 = fake_alloc(k, TABLE_BITS), pdpt = fake_alloc(k, TABLE_BITS),
          pd = fake_alloc(k, TABLE_BITS);

    *pt = fake_alloc(k, TABLE_BITS);
    map_page(k, pml4, 0, pdpt, PTE_WRITE);
    map_page(k, pdpt, 0, pd, PTE_WRITE);
    map_page(k, pd, 2, *pt, PTE_WRITE);
    fake_put(k, fake_slot(k->current, TCB_VTABLE),
             (struct cap){.table = {.type = CAP_PML4, .obj = pml4, .is_mapped = 1, .asid = 1}});
    return pml4;
}

static void mappings_are_merged(void **state)
{
    struct kernel *k = *state;
    paddr pt, frames = fake_alloc(k, 14);

    name_thread(k, k->current, "rootserver");
    vspace_of_one_table(k, &pt);
    for (unsigned i = 0; i < 3; i++)
        map_page(k, pt, i, frames + (i << PAGE_BITS), PTE_WRITE);
    map_page(k, pt, 3, frames, 0);
    map_page(k, pt, 4, k->ram_size, PTE_WRITE | PTE_CACHE_DISABLE);
    show(k, VIEW_MAPPINGS);
    assert_shown(" of rootserver\n");
    assert_shown("0x000000400000-0x000000403000      3 x 4K  rw RAM    0x");
    assert_shown("0x000000403000-0x000000404000      1 x 4K  r- RAM    0x");
    assert_shown("0x000000404000-0x000000405000      1 x 4K  rw device 0x4000000, uncached\n");
    assert_shown("20K mapped\n");
}

static void a_table_in_itself_is_walked_once(void **state)
{
    struct kernel *k = *state;
    paddr pt, pml4 = vspace_of_one_table(k, &pt);

    for (unsigned i = 0; i < 256; i++)
        map_page(k, pml4, i, pml4, PTE_WRITE);
    show(k, VIEW_MAPPINGS);
    assert_shown("VSpace");
}

/* ------------------------------------------------------------------ schedule, interrupts */

static void the_schedule_names_who_is_ready(void **state)
{
    struct kernel *k = *state;

    name_thread(k, k->current, "rootserver");
    for (unsigned i = 0; i < 2; i++) {
        paddr tcb = scene_thread(k, 42);
        name_thread(k, tcb, i ? "second" : "first");
        scene_ready(k, tcb);
    }
    show(k, VIEW_SCHEDULE);
    assert_shown("running: rootserver\n");
    assert_shown("ready at priority 42: first, second\n");
}

static void budgets_are_told(void **state)
{
    struct kernel *k = *state;
    paddr tcb = timed_thread(k, 50, 2000, 10000);

    name_thread(k, tcb, "periodic");
    put(k, k->current, CONTEXT, context_cap(kernel_tcb(k, tcb)->sched_context));
    show(k, VIEW_SCHEDULE);
    assert_shown(" of periodic: period 10000 us, next 2000 us from 0.001000 s on\n");
}

static void with_mcs_a_call_names_who_has_its_reply(void **state)
{
    struct kernel *k = *state;
    paddr server = passive_thread(k, 100), client = k->current;

    name_thread(k, client, "client");
    name_thread(k, server, "server");
    put(k, client, EP, fake_endpoint(k));
    share(k, client, EP, server);
    put(k, server, REPLY, new_reply(k));
    start_server(k, server);
    issue(k, client, SYS_CALL, EP, info_word(0, 0, 0));
    show(k, VIEW_THREADS);
    assert_shown("waits for a reply from server\n");
}

static void an_interrupt_names_its_handler_and_waiter(void **state)
{
    struct kernel *k = *state;
    struct cap ntfn = fake_notification(k);

    name_thread(k, k->current, "driver");
    k->irq_node = fake_alloc(k, 13);
    k->irq[12] = (struct irq){.state = IRQ_SIGNAL, .source = IRQ_SOURCE_IOAPIC, .pin = 4};
    fake_put(k, own(k, 1), (struct cap){.irq_handler = {.type = CAP_IRQ_HANDLER, .irq = 12}});
    fake_put(k, own(k, 2), ntfn);
    mdb_insert(k, ntfn, own(k, 2), fake_slot(k->irq_node, 12));
    issue(k, k->current, SYS_RECV, 2, 0);
    show(k, VIEW_IRQS);
    assert_shown(join("irq 12   IOAPIC 0 pin 4, edge, handler: driver, signals ",
                      named("ntfn", ntfn.obj), ", driver waits for it\n", NULL));
}

/* ------------------------------------------------------------------ formats */

static void export_to_shown(struct kernel *k, enum view_format format, const char *thread)
{
    struct view_subject subject = subject_of(k);
    struct view_out out = to_shown();
    struct error err;

    assert_int_equal(view_export(&subject, format, VIEW_ALL, thread, &out, &err), 0);
}

static void fill_scene(struct kernel *k)
{
    paddr pt, client = scene_thread(k, 10);
    struct cap ep = fake_endpoint(k);

    name_thread(k, k->current, "root \"server\"");
    name_thread(k, client, "client");
    vspace_of_one_table(k, &pt);
    map_page(k, pt, 0, fake_alloc(k, PAGE_BITS), PTE_WRITE);
    fake_put(k, own(k, 1), ep);
    ep.endpoint.badge = ~(word)0;
    scene_copy(k, own(k, 1), client, 1, ep);
    issue(k, client, SYS_CALL, 1, info_word(0, 0, 0));
}

static void json_can_be_read(void **state)
{
    struct kernel *k = *state;
    cJSON *json, *threads, *wait;

    fill_scene(k);
    export_to_shown(k, VIEW_JSON, NULL);
    json = cJSON_Parse(shown);
    assert_non_null(json);
    threads = cJSON_GetObjectItem(json, "threads");
    assert_int_equal(cJSON_GetArraySize(threads), 2);
    assert_string_equal(
        cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetArrayItem(threads, 0), "id")),
        "root \"server\"");
    wait = cJSON_GetObjectItem(cJSON_GetArrayItem(threads, 1), "waits_for");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(wait, "badge")),
                        "0xffffffffffffffff");
    cJSON_Delete(json);
}

static void json_says_how_interrupts_come(void **state)
{
    static const struct {
        enum irq_source source;
        const char *word;
    } known[] = {{IRQ_SOURCE_IOAPIC, "IOAPIC"}, {IRQ_SOURCE_MSI, "MSI"}, {IRQ_SOURCE_PIC, "PIC"}};
    struct kernel *k = *state;
    cJSON *json, *irqs;

    for (int i = 0; i < 3; i++)
        k->irq[i] = (struct irq){.state = IRQ_SIGNAL, .source = known[i].source};
    export_to_shown(k, VIEW_JSON, NULL);
    json = cJSON_Parse(shown);
    irqs = cJSON_GetObjectItem(json, "irqs");
    assert_int_equal(cJSON_GetArraySize(irqs), 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(
            cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetArrayItem(irqs, i), "source")),
            known[i].word);
    cJSON_Delete(json);
}

static void a_graph_quotes_names(void **state)
{
    struct kernel *k = *state;

    fill_scene(k);
    export_to_shown(k, VIEW_DOT, NULL);
    assert_shown("digraph sel4 {\n");
    assert_shown("  \"root \\\"server\\\"\" [label=\"root \\\"server\\\" (");
    assert_shown("label=\"waits to send\", color=\"red\"");
    export_to_shown(k, VIEW_DOT, "client");
    assert_not_shown("root \\\"server\\\"\" ->");
}

static void capdl_has_names_of_its_own(void **state)
{
    struct kernel *k = *state;

    fill_scene(k);
    export_to_shown(k, VIEW_CAPDL, NULL);
    assert_shown("arch x86_64\nobjects {\n");
    assert_shown("  root__server_@");
    assert_shown("  client = tcb (addr: 0x10000000, ip: ");
    assert_shown("(RWG, badge: 18446744073709551615)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(threads_are_called_by_name),
        KERNEL_TEST(a_name_can_not_pass_for_another_objects),
        KERNEL_TEST(one_thread_can_be_asked_for),
        KERNEL_TEST(a_cspace_is_a_tree),
        KERNEL_TEST(shared_cnodes_are_shown_once),
        KERNEL_TEST(runs_of_frames_take_one_line),
        KERNEL_TEST(who_can_reach_an_object_is_told_with_rights),
        KERNEL_TEST(many_badges_are_summed_up),
        KERNEL_TEST(untyped_is_a_tree),
        KERNEL_TEST(unused_untypeds_take_one_line),
        KERNEL_TEST(mappings_are_merged),
        KERNEL_TEST(a_table_in_itself_is_walked_once),
        KERNEL_TEST(the_schedule_names_who_is_ready),
        MCS_TEST(budgets_are_told),
        MCS_TEST(with_mcs_a_call_names_who_has_its_reply),
        KERNEL_TEST(an_interrupt_names_its_handler_and_waiter),
        KERNEL_TEST(json_can_be_read),
        KERNEL_TEST(json_says_how_interrupts_come),
        KERNEL_TEST(a_graph_quotes_names),
        KERNEL_TEST(capdl_has_names_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
