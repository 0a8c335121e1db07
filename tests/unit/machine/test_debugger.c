/* Breakpoints, watchpoints, steps and holds, on a machine whose root task runs two address spaces.
 */
#include "kernel/thread.h"
#include "kernel/vspace/vspace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fake_environment.h"

#define IMAGE      0x400000ull
#define IMAGE_AT   0x400000ull /* in physical memory */
#define IMAGE_SIZE 0x4000ull
#define KERNEL_AT  0x200000ull
#define TABLES     0x1000000ull /* of the second VSpace: four pages */
#define OTHER_TCB  0x1010000ull
#define OTHER_ASID 2u
#define INT3       0xcc
#define NOP        0x90

static const struct stop nothing = {.kind = STOP_NONE};
static const struct stop int3 = {.kind = STOP_EXCEPTION, .number = 3};

static struct machine *boot(void)
{
    struct machine *m = fake_machine_new();
    struct boot_image image = {.vaddr_start = IMAGE,
                               .vaddr_end = IMAGE + IMAGE_SIZE,
                               .paddr_start = IMAGE_AT,
                               .entry = IMAGE,
                               .kernel_start = KERNEL_AT,
                               .kernel_end = IMAGE_AT,
                               .tsc_mhz = 1000,
                               .memory_count = 1,
                               .memory = {{KERNEL_AT, FAKE_MACHINE_RAM}}};
    const char *why = "?";

    m->kernel.config = fake_machine_config();
    assert_int_equal(kernel_boot(&m->kernel, &image, &why), 0);
    memset(kernel_at(&m->kernel, IMAGE_AT), NOP, IMAGE_SIZE);
    debugger_attach(m);
    return m;
}

static paddr root_vspace(struct machine *m)
{
    return kernel_vspace(&m->kernel, m->kernel.current);
}

static uint8_t byte_of(struct machine *m, uint64_t vaddr)
{
    return *(uint8_t *)kernel_at(&m->kernel, vaddr - IMAGE + IMAGE_AT);
}

/* A thread that maps the image's first page where the root task does. */
static void add_other_vspace(struct machine *m)
{
    struct kernel *k = &m->kernel;
    struct asid_pool *pool = kernel_at(k, k->asid_table[0]);
    const unsigned shift[] = {39, 30, 21};
    struct tcb *t = kernel_tcb(k, OTHER_TCB);

    for (unsigned n = 0; n < 3; n++)
        ((uint64_t *)kernel_at(k, TABLES + n * 0x1000))[IMAGE >> shift[n] & 511] =
            (TABLES + (n + 1) * 0x1000) | PTE_PRESENT | PTE_WRITE | PTE_USER;
    ((uint64_t *)kernel_at(k, TABLES + 0x3000))[IMAGE >> 12 & 511] =
        IMAGE_AT | PTE_PRESENT | PTE_USER;
    pml4_at(k, TABLES)->shadow.asid = OTHER_ASID;
    pool->pml4[OTHER_ASID] = TABLES;
    thread_init(k, OTHER_TCB);
    t->slot[TCB_VTABLE].cap = (struct cap){
        .table = {.type = CAP_PML4, .obj = TABLES, .is_mapped = 1, .asid = OTHER_ASID}};
    t->state = THREAD_RUNNING;
    t->priority = 1;
}

/* The current thread executes int3 at `address`. */
static enum machine_next execute_int3(struct machine *m, uint64_t address)
{
    kernel_current(&m->kernel)->regs.rip = kernel_current(&m->kernel)->regs.fault_ip = address + 1;
    return machine_enter(m, &int3);
}

static void go_on(struct machine *m)
{
    m->debugger.stop.event = DEBUGGER_NOTHING;
    machine_let_go(m);
}

static void a_breakpoint_is_in_the_frame_and_not_in_what_is_read(void **state)
{
    struct machine *m = boot();
    uint8_t bytes[4];

    (void)state;
    assert_int_equal(debugger_set_breakpoint(m, root_vspace(m), IMAGE + 1), 0);
    assert_int_equal(debugger_set_breakpoint(m, root_vspace(m), IMAGE + 1), 0);
    assert_int_equal(byte_of(m, IMAGE + 1), INT3);
    assert_true(debugger_read(m, root_vspace(m), IMAGE, bytes, sizeof bytes));
    assert_memory_equal(bytes, "\x90\x90\x90\x90", 4);
    assert_true(debugger_write(m, root_vspace(m), IMAGE, "\1\2\3\4", 4));
    assert_int_equal(byte_of(m, IMAGE + 1), INT3);
    assert_true(debugger_read(m, root_vspace(m), IMAGE, bytes, sizeof bytes));
    assert_memory_equal(bytes, "\1\2\3\4", 4);
    assert_int_equal(debugger_clear_breakpoint(m, root_vspace(m), IMAGE + 1), 0);
    assert_int_equal(byte_of(m, IMAGE + 1), 2);
    assert_int_not_equal(debugger_clear_breakpoint(m, root_vspace(m), IMAGE + 1), 0);
    fake_machine_free(m);
}

static void a_hit_holds_the_machine_before_the_kernel_knows(void **state)
{
    struct machine *m = boot();
    uint64_t entries = m->kernel.entries;

    (void)state;
    debugger_set_breakpoint(m, root_vspace(m), IMAGE);
    assert_int_equal(execute_int3(m, IMAGE), MACHINE_PAUSED);
    assert_int_equal(m->debugger.stop.event, DEBUGGER_BREAKPOINT);
    assert_int_equal(m->debugger.stop.address, IMAGE);
    assert_int_equal(kernel_current(&m->kernel)->regs.rip, IMAGE);
    assert_int_equal(m->kernel.entries, entries);
    machine_let_go(m); /* by who does not know of the stop: it comes again */
    assert_int_equal(machine_enter(m, &nothing), MACHINE_PAUSED);
    go_on(m);
    assert_int_equal(machine_enter(m, &nothing), MACHINE_RUN);
    fake_machine_free(m);
}

static void another_vspace_passes_over_it(void **state)
{
    struct machine *m = boot();
    paddr root = root_vspace(m);

    (void)state;
    add_other_vspace(m);
    debugger_set_breakpoint(m, root, IMAGE);
    m->kernel.current = OTHER_TCB;
    debugger_know_all(m);
    assert_int_equal(execute_int3(m, IMAGE), MACHINE_RUN);
    assert_int_equal(m->debugger.stop.event, DEBUGGER_NOTHING);
    assert_int_equal(m->kernel.current, OTHER_TCB);
    assert_int_equal(kernel_current(&m->kernel)->regs.rip, IMAGE);
    assert_int_equal(byte_of(m, IMAGE), NOP);
    assert_true(machine_steps(m));
    kernel_current(&m->kernel)->regs.rip++;
    machine_stepped(m);
    assert_int_equal(machine_enter(m, &nothing), MACHINE_RUN);
    assert_int_equal(byte_of(m, IMAGE), INT3);
    assert_false(machine_steps(m));
    fake_machine_free(m);
}

static void it_goes_with_its_vspace(void **state)
{
    struct machine *m = boot();
    struct asid_pool *pool = kernel_at(&m->kernel, m->kernel.asid_table[0]);

    (void)state;
    add_other_vspace(m);
    debugger_set_breakpoint(m, TABLES, IMAGE);
    debugger_set_watchpoint(m, TABLES, IMAGE + 8, 4, DEBUGGER_WATCH_WRITE);
    assert_int_equal(byte_of(m, IMAGE), INT3);
    pool->pml4[OTHER_ASID] = 0;
    memset(kernel_at(&m->kernel, TABLES), 0xff, 0x1000); /* its memory is another's now */
    machine_enter(m, &nothing);
    assert_int_equal(byte_of(m, IMAGE), NOP);
    assert_int_equal(m->debugger.breakpoints, 0);
    assert_int_equal(m->debugger.watchpoints, 0);
    fake_machine_free(m);
}

static void it_waits_for_its_page_and_follows_it(void **state)
{
    struct machine *m = boot();
    uint64_t *entry = (uint64_t *)kernel_at(&m->kernel, TABLES + 0x3000) + (IMAGE >> 12 & 511);

    (void)state;
    add_other_vspace(m);
    *entry = 0;
    assert_int_equal(debugger_set_breakpoint(m, TABLES, IMAGE), 0);
    machine_enter(m, &nothing);
    assert_int_equal(byte_of(m, IMAGE), NOP);
    *entry = IMAGE_AT | PTE_PRESENT | PTE_USER;
    machine_enter(m, &nothing);
    assert_int_equal(byte_of(m, IMAGE), INT3);
    *entry = (IMAGE_AT + 0x1000) | PTE_PRESENT | PTE_USER;
    machine_enter(m, &nothing);
    assert_int_equal(byte_of(m, IMAGE), NOP);
    assert_int_equal(byte_of(m, IMAGE + 0x1000), INT3);
    debugger_detach(m);
    assert_int_equal(byte_of(m, IMAGE + 0x1000), NOP);
    fake_machine_free(m);
}

static void the_guests_own_int3_is_a_fault(void **state)
{
    struct machine *m = boot();
    paddr root = m->kernel.current;

    (void)state;
    assert_int_equal(execute_int3(m, IMAGE), MACHINE_PAUSED);
    assert_int_equal(m->debugger.stop.event, DEBUGGER_FAULT);
    assert_int_equal(kernel_current(&m->kernel)->regs.rip, IMAGE + 1);
    debugger_go(m, root, false, true); /* raised, it happens once more, and then to the kernel */
    go_on(m);
    assert_int_equal(kernel_current(&m->kernel)->regs.rip, IMAGE);
    execute_int3(m, IMAGE - 1);
    assert_int_equal(m->debugger.stop.event, DEBUGGER_STUCK);
    assert_int_equal(kernel_tcb(&m->kernel, root)->state, THREAD_INACTIVE);
    go_on(m);
    assert_int_equal(machine_enter(m, &nothing), MACHINE_END);
    fake_machine_free(m);
}

static void a_watchpoint_tells_of_a_change_whoever_made_it(void **state)
{
    struct machine *m = boot();

    (void)state;
    assert_int_equal(
        debugger_set_watchpoint(m, root_vspace(m), IMAGE + 16, 8, DEBUGGER_WATCH_WRITE), 0);
    assert_true(machine_steps(m));
    assert_int_equal(machine_enter(m, &nothing), MACHINE_RUN);
    *(uint8_t *)kernel_at(&m->kernel, IMAGE_AT + 20) = 1;
    assert_int_equal(machine_enter(m, &nothing), MACHINE_PAUSED);
    assert_int_equal(m->debugger.stop.event, DEBUGGER_WATCHPOINT);
    assert_int_equal(m->debugger.stop.address, IMAGE + 16);
    go_on(m);
    debugger_write(m, root_vspace(m), IMAGE + 16, "\7", 1); /* the debugger's own is none */
    assert_int_equal(machine_enter(m, &nothing), MACHINE_RUN);
    fake_machine_free(m);
}

static void one_for_reads_tells_when_the_instruction_is_done(void **state)
{
    struct machine *m = boot();
    struct user_regs *regs = &kernel_current(&m->kernel)->regs;
    struct access load = {.length = 3,
                          .memory_count = 1,
                          .memory[0] = {.base = 3,
                                        .index = ACCESS_NO_REGISTER,
                                        .segment = SEGMENT_FLAT,
                                        .size = 4,
                                        .reads = true}};

    (void)state;
    fake.access = load;
    debugger_set_watchpoint(m, root_vspace(m), IMAGE + 16, 8, DEBUGGER_WATCH_READ);
    regs->rbx = IMAGE + 12; /* before it */
    machine_enter(m, &nothing);
    machine_stepped(m);
    assert_int_equal(machine_enter(m, &nothing), MACHINE_RUN);
    regs->rbx = IMAGE + 20;
    assert_int_equal(machine_enter(m, &nothing), MACHINE_RUN); /* interrupted before it */
    *(uint8_t *)kernel_at(&m->kernel, IMAGE_AT + 20) = 1;      /* no read */
    assert_int_equal(machine_enter(m, &nothing), MACHINE_RUN);
    machine_stepped(m);
    assert_int_equal(machine_enter(m, &nothing), MACHINE_PAUSED);
    assert_int_equal(m->debugger.stop.event, DEBUGGER_WATCHPOINT);
    assert_int_equal(m->debugger.stop.watch, DEBUGGER_WATCH_READ);
    assert_int_equal(m->debugger.stop.address, IMAGE + 16);
    fake_machine_free(m);
}

static void a_step_is_told_of_when_it_has_been_made(void **state)
{
    struct machine *m = boot();

    (void)state;
    debugger_go(m, m->kernel.current, true, false);
    assert_int_equal(machine_enter(m, &nothing), MACHINE_RUN); /* interrupted before it */
    assert_true(machine_steps(m));
    machine_stepped(m);
    assert_int_equal(machine_enter(m, &nothing), MACHINE_PAUSED);
    assert_int_equal(m->debugger.stop.event, DEBUGGER_STEP);
    assert_false(machine_steps(m));
    fake_machine_free(m);
}

static void who_is_held_does_not_run(void **state)
{
    struct machine *m = boot();
    paddr root = m->kernel.current;

    (void)state;
    add_other_vspace(m);
    debugger_know_all(m);
    kernel_tcb(&m->kernel, OTHER_TCB)->state = THREAD_INACTIVE;
    thread_restart(&m->kernel, OTHER_TCB);
    kernel_hold(&m->kernel, root, true);
    assert_int_equal(m->kernel.current, OTHER_TCB);
    assert_null(kernel_check(&m->kernel));
    kernel_hold(&m->kernel, OTHER_TCB, true);
    assert_int_equal(m->kernel.current, 0);
    assert_int_equal(machine_enter(m, &nothing), MACHINE_IDLE); /* not the end: they may go on */
    kernel_hold(&m->kernel, OTHER_TCB, false);
    assert_int_equal(m->kernel.current, OTHER_TCB);
    kernel_hold(&m->kernel, root, false);
    assert_int_equal(m->kernel.current, root); /* it has the higher priority */
    assert_int_equal(machine_enter(m, &nothing), MACHINE_RUN);
    fake_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_breakpoint_is_in_the_frame_and_not_in_what_is_read),
        cmocka_unit_test(a_hit_holds_the_machine_before_the_kernel_knows),
        cmocka_unit_test(another_vspace_passes_over_it),
        cmocka_unit_test(it_goes_with_its_vspace),
        cmocka_unit_test(it_waits_for_its_page_and_follows_it),
        cmocka_unit_test(the_guests_own_int3_is_a_fault),
        cmocka_unit_test(a_watchpoint_tells_of_a_change_whoever_made_it),
        cmocka_unit_test(one_for_reads_tells_when_the_instruction_is_done),
        cmocka_unit_test(a_step_is_told_of_when_it_has_been_made),
        cmocka_unit_test(who_is_held_does_not_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
