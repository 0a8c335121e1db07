/* Instructions that the machine carries out in place of a processor that refuses them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fake_environment.h"

#define IMAGE      0x400000ull
#define IMAGE_AT   0x400000ull /* in physical memory */
#define IMAGE_SIZE 0x1000ull
#define KERNEL_AT  0x200000ull
#define OLD        0x1234567890abcdefull

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
    return m;
}

/* The root task is at `size` bytes of code; whether it was carried out. */
static bool at(struct machine *m, const void *code, size_t size)
{
    struct user_regs *r = &kernel_current(&m->kernel)->regs;

    memset(kernel_at(&m->kernel, IMAGE_AT), 0, IMAGE_SIZE);
    memcpy(kernel_at(&m->kernel, IMAGE_AT), code, size);
    r->rip = r->fault_ip = IMAGE;
    r->rax = r->rcx = r->rdx = OLD;
    return machine_emulate_counter(m);
}

static uint64_t value_of(const struct user_regs *r)
{
    return r->rdx << 32 | r->rax;
}

static void real_time_has_the_hosts_counter(void **state)
{
    struct machine *m = boot();
    const struct user_regs *r = &kernel_current(&m->kernel)->regs;
    uint64_t before = clock_counter(&m->clock);

    (void)state;
    assert_true(at(m, "\x0f\x01\xf9", 3)); /* rdtscp */
    assert_int_equal(r->rip, IMAGE + 3);
    assert_int_equal(r->fault_ip, IMAGE + 3);
    assert_int_equal(r->rcx, 0);
    assert_true(value_of(r) >= before && value_of(r) <= clock_counter(&m->clock));
    assert_true(at(m, "\x48\x0f\x01\xf9", 4));
    assert_int_equal(r->rip, IMAGE + 4);
    assert_true(at(m, "\x0f\x31", 2)); /* rdtsc */
    assert_int_equal(r->rip, IMAGE + 2);
    assert_int_equal(r->rcx, OLD);
    assert_true(r->rax <= UINT32_MAX && r->rdx <= UINT32_MAX);
    fake_machine_free(m);
}

static void virtual_time_has_its_own(void **state)
{
    struct machine *m = boot();
    const struct user_regs *r = &kernel_current(&m->kernel)->regs;

    (void)state;
    clock_start_virtual(&m->clock, 0);
    m->clock.now = 3ull << 32;
    assert_true(at(m, "\x0f\x01\xf9", 3));
    assert_int_equal(value_of(r), (3ull << 32) + CLOCK_COUNTER);
    assert_int_equal(r->rcx, 0);
    fake_machine_free(m);
}

static void others_are_left_alone(void **state)
{
    struct machine *m = boot();
    const struct user_regs *r = &kernel_current(&m->kernel)->regs;

    (void)state;
    assert_false(at(m, "\x0f\x0b", 2));     /* ud2 */
    assert_false(at(m, "\x0f\x01\xf8", 3)); /* swapgs */
    assert_int_equal(r->rip, IMAGE);
    assert_int_equal(r->rax, OLD);
    fake_machine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_time_has_the_hosts_counter),
        cmocka_unit_test(virtual_time_has_its_own),
        cmocka_unit_test(others_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
