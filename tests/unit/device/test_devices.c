/* The register models: what drivers of seL4's platform libraries rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "device/devices.h"

#define MS 1000000ull

static void out(struct devices *d, uint16_t port, uint8_t value, uint64_t now)
{
    devices_port_out(d, port, 1, value, now);
}

static uint8_t in(struct devices *d, uint16_t port, uint64_t now)
{
    return (uint8_t)devices_port_in(d, port, 1, now);
}

static void start_pit(struct devices *d, uint8_t mode, uint16_t count, uint64_t now)
{
    out(d, PIT_PORT + 3, (uint8_t)(0x30 | mode << 1), now);
    out(d, PIT_PORT, (uint8_t)count, now);
    out(d, PIT_PORT, (uint8_t)(count >> 8), now);
}

static void pit_one_shot_fires_once(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    start_pit(&d, 0, 11932, 5 * MS); /* 10 ms */
    uint64_t due = devices_deadline(&d);
    assert_in_range(due, 15 * MS, 15 * MS + 1000);
    devices_advance(&d, due - 1);
    assert_false(interrupts_pin_pending(&d.interrupts, PIN_TIMER, false));
    devices_advance(&d, due);
    assert_true(interrupts_pin_pending(&d.interrupts, PIN_TIMER, false));
    interrupts_take_pin(&d.interrupts, PIN_TIMER);
    devices_advance(&d, due + 500 * MS);
    assert_false(interrupts_pin_pending(&d.interrupts, PIN_TIMER, false));
    assert_true(devices_deadline(&d) == UINT64_MAX);
}

static void pit_rate_generator_repeats(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    start_pit(&d, 2, 1193, 0); /* ~1 kHz */
    for (int n = 0; n < 100; n++) {
        uint64_t due = devices_deadline(&d);

        devices_advance(&d, due);
        assert_true(interrupts_pin_pending(&d.interrupts, PIN_TIMER, false));
        interrupts_take_pin(&d.interrupts, PIN_TIMER);
        assert_true(devices_deadline(&d) > due);
    }
    assert_in_range(devices_deadline(&d), 100 * MS, 102 * MS);
}

static void a_pit_left_running_is_silent_until_someone_listens(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    pit_leave_running(&d.pit, 11932); /* 10 ms */
    devices_advance(&d, 25 * MS);
    assert_false(interrupts_pin_pending(&d.interrupts, PIN_TIMER, false));
    assert_true(devices_deadline(&d) == UINT64_MAX);
    out(&d, PIT_PORT + 3, 0x00, 25 * MS); /* latch: half of it is left */
    unsigned low = in(&d, PIT_PORT, 25 * MS), high = in(&d, PIT_PORT, 25 * MS);
    assert_in_range(low | high << 8, 5960, 5972);
    pit_listen(&d.pit, 25 * MS);
    assert_in_range(devices_deadline(&d), 30 * MS, 30 * MS + 1000);
    devices_advance(&d, 31 * MS);
    assert_true(interrupts_pin_pending(&d.interrupts, PIN_TIMER, false));
}

static void pit_counts_down_and_latches(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    start_pit(&d, 0, 0xffff, 0);
    out(&d, PIT_PORT + 3, 0x00, 10 * MS);
    unsigned low = in(&d, PIT_PORT, 20 * MS), high = in(&d, PIT_PORT, 20 * MS);
    assert_in_range(high << 8 | low, 0xffff - 11932 - 1, 0xffff - 11931 + 1);
}

static void pit_counter_2_shows_on_port_61(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    out(&d, 0x61, 0, 0);
    out(&d, PIT_PORT + 3, 0xb0, 0);
    out(&d, PIT_PORT + 2, 0x9c, 0); /* 11932 counts: 10 ms */
    out(&d, PIT_PORT + 2, 0x2e, 0);
    out(&d, 0x61, 1, MS);
    assert_int_equal(in(&d, 0x61, 10 * MS) & 0x20, 0);
    assert_int_equal(in(&d, 0x61, 11 * MS + 1000) & 0x20, 0x20);
}

static void serial_loops_bytes_both_ways(void **state)
{
    struct devices d = {0};
    char byte;

    (void)state;
    devices_init(&d, 0);
    assert_int_equal(in(&d, SERIAL_PORT + 5, 0) & 0x61, 0x60);
    out(&d, SERIAL_PORT, 'x', 0);
    assert_true(serial_take_output(&d.serial, &byte));
    assert_int_equal(byte, 'x');
    assert_false(serial_take_output(&d.serial, &byte));
    assert_true(serial_receive(&d.serial, &d.interrupts, 'y'));
    assert_int_equal(in(&d, SERIAL_PORT + 5, 0) & 1, 1);
    assert_int_equal(in(&d, SERIAL_PORT, 0), 'y');
    assert_int_equal(in(&d, SERIAL_PORT + 5, 0) & 1, 0);
}

static void serial_raises_receive_interrupt(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    assert_false(devices_wants_input(&d));
    out(&d, SERIAL_PORT + 1, 1, 0);
    assert_true(devices_wants_input(&d));
    assert_int_equal(in(&d, SERIAL_PORT + 2, 0) & 0x0f, 1);
    for (int n = 0; n < SERIAL_FIFO; n++)
        assert_true(serial_receive(&d.serial, &d.interrupts, (uint8_t)n));
    assert_false(serial_receive(&d.serial, &d.interrupts, 0));
    assert_true(interrupts_pin_pending(&d.interrupts, PIN_SERIAL, false));
    assert_int_equal(in(&d, SERIAL_PORT + 2, 0) & 0x0f, 4);
    for (int n = 0; n < SERIAL_FIFO; n++)
        assert_int_equal(in(&d, SERIAL_PORT, 0), n);
    assert_int_equal(in(&d, SERIAL_PORT + 2, 0) & 0x0f, 1);
    interrupts_take_pin(&d.interrupts, PIN_SERIAL);
    assert_false(interrupts_pin_pending(&d.interrupts, PIN_SERIAL, true));
}

#define BYTE 86805ull /* ns at 115200 baud */

static bool is_empty(struct devices *d, uint64_t now)
{
    return in(d, SERIAL_PORT + 5, now) == 0x60;
}

static void serial_is_busy_as_long_as_a_byte_takes(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    d.serial.paced = true;
    out(&d, SERIAL_PORT, 'x', MS);
    assert_int_equal(in(&d, SERIAL_PORT + 5, MS), 0);
    assert_false(is_empty(&d, MS + BYTE - 1));
    assert_true(is_empty(&d, MS + BYTE));
    out(&d, SERIAL_PORT + 3, 0x80 | 0x07, 2 * MS); /* 12 times slower, a bit longer */
    out(&d, SERIAL_PORT, 12, 2 * MS);
    out(&d, SERIAL_PORT + 3, 0x07, 2 * MS);
    out(&d, SERIAL_PORT, 'x', 2 * MS);
    assert_false(is_empty(&d, 2 * MS + 12 * BYTE * 11 / 10));
    assert_true(is_empty(&d, 2 * MS + 12 * (BYTE + 1) * 11 / 10));
}

static void serial_fifo_takes_sixteen_bytes(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    d.serial.paced = true;
    out(&d, SERIAL_PORT + 2, 1, 0);
    for (int n = 0; n < 20; n++) /* four too many: they are sent, but not waited for */
        out(&d, SERIAL_PORT, 'x', 0);
    assert_false(is_empty(&d, 16 * BYTE - 1));
    assert_true(is_empty(&d, 16 * (BYTE + 1)));
}

static void serial_raises_transmit_interrupt_when_empty(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    d.serial.paced = true;
    assert_true(devices_deadline(&d) == UINT64_MAX);
    out(&d, SERIAL_PORT, 'x', 0);
    out(&d, SERIAL_PORT + 1, 2, 0);
    assert_int_equal(devices_deadline(&d), BYTE);
    devices_advance(&d, BYTE - 1);
    assert_false(interrupts_pin_pending(&d.interrupts, PIN_SERIAL, true));
    devices_advance(&d, BYTE);
    assert_true(interrupts_pin_pending(&d.interrupts, PIN_SERIAL, true));
    assert_int_equal(in(&d, SERIAL_PORT + 2, BYTE) & 0x0f, 2);
    assert_true(devices_deadline(&d) == UINT64_MAX);
}

static void serial_takes_no_time_unless_paced(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    out(&d, SERIAL_PORT, 'x', 0);
    assert_true(is_empty(&d, 0));
    assert_true(devices_deadline(&d) == UINT64_MAX);
}

static uint64_t hpet(struct devices *d, unsigned offset, unsigned width, uint64_t now)
{
    uint64_t value = 0;

    assert_true(devices_mmio_read(d, HPET_ADDRESS + offset, width, now, &value));
    return value;
}

static void set_hpet(struct devices *d, unsigned offset, unsigned width, uint64_t value,
                     uint64_t now)
{
    assert_true(devices_mmio_write(d, HPET_ADDRESS + offset, width, now, value));
}

static void hpet_counts_tens_of_nanoseconds(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    assert_int_equal(hpet(&d, 4, 4, 0), 10000000);
    assert_int_equal(hpet(&d, 0xf0, 8, MS), 0);
    set_hpet(&d, 0x10, 8, 1, MS);
    assert_int_equal(hpet(&d, 0xf0, 8, 3 * MS), 200000);
    assert_int_equal(hpet(&d, 0xf0, 4, 3 * MS), 200000);
    set_hpet(&d, 0x10, 8, 0, 3 * MS);
    assert_int_equal(hpet(&d, 0xf0, 8, 9 * MS), 200000);
}

static void hpet_one_shot_by_message_and_pin(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    set_hpet(&d, 0x10, 8, 1, 0);
    set_hpet(&d, 0x110, 8, 0xfee0000000000042, 0);
    set_hpet(&d, 0x100, 4, 1 << 14 | 1 << 2, 0);
    set_hpet(&d, 0x108, 8, 100000, 0);
    assert_int_equal(devices_deadline(&d), MS);
    devices_advance(&d, MS);
    assert_true(interrupts_message_pending(&d.interrupts, 0x42));
    assert_true(devices_deadline(&d) == UINT64_MAX);
    set_hpet(&d, 0x100, 4, 2 << 9 | 1 << 2, MS);
    set_hpet(&d, 0x108, 8, 300000, MS);
    devices_advance(&d, 3 * MS);
    assert_true(interrupts_pin_pending(&d.interrupts, 2, false));
}

static void hpet_missed_comparator_fires_at_once(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    set_hpet(&d, 0x10, 8, 1, 0);
    set_hpet(&d, 0x100, 4, 2 << 9 | 1 << 2, 5 * MS);
    interrupts_take_pin(&d.interrupts, 2);
    set_hpet(&d, 0x108, 8, 1, 5 * MS);
    assert_true(interrupts_pin_pending(&d.interrupts, 2, false));
}

static void hpet_periodic(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    set_hpet(&d, 0x100, 4, 1 << 6 | 1 << 3 | 2 << 9 | 1 << 2, 0);
    set_hpet(&d, 0x108, 8, 100000, 0);
    set_hpet(&d, 0x108, 8, 100000, 0);
    set_hpet(&d, 0x10, 8, 1, 0);
    for (uint64_t n = 1; n < 20; n++) {
        assert_int_equal(devices_deadline(&d), n * MS);
        devices_advance(&d, n * MS);
        assert_true(interrupts_pin_pending(&d.interrupts, 2, false));
        interrupts_take_pin(&d.interrupts, 2);
    }
}

static void rtc_tells_the_date(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 951782399); /* 2000-02-28 23:59:59 UTC */
    uint64_t now = 1000 * MS;    /* one second later: the leap day */
    static const uint8_t expected[][2] = {{0, 0x00}, {2, 0x00}, {4, 0x00},   {7, 0x29},
                                          {8, 0x02}, {9, 0x00}, {0x32, 0x20}};
    for (unsigned n = 0; n < sizeof expected / sizeof expected[0]; n++) {
        out(&d, 0x70, expected[n][0], now);
        assert_int_equal(in(&d, 0x71, now), expected[n][1]);
    }
}

static void exit_ports_end_the_machine(void **state)
{
    struct devices d = {0};

    (void)state;
    devices_init(&d, 0);
    devices_port_out(&d, 0x501, 1, 0, 0);
    assert_true(d.exit_requested);
    assert_int_equal(d.exit_code, 1);
}

static void unclaimed_ports_read_as_ones(void **state)
{
    struct devices d = {0};
    uint64_t value;

    (void)state;
    devices_init(&d, 0);
    assert_int_equal(devices_port_in(&d, 0xcf8, 4, 0), 0xffffffff);
    assert_false(devices_mmio_read(&d, 0xfec00000, 4, 0, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pit_one_shot_fires_once),
        cmocka_unit_test(pit_rate_generator_repeats),
        cmocka_unit_test(a_pit_left_running_is_silent_until_someone_listens),
        cmocka_unit_test(pit_counts_down_and_latches),
        cmocka_unit_test(pit_counter_2_shows_on_port_61),
        cmocka_unit_test(serial_loops_bytes_both_ways),
        cmocka_unit_test(serial_raises_receive_interrupt),
        cmocka_unit_test(serial_is_busy_as_long_as_a_byte_takes),
        cmocka_unit_test(serial_fifo_takes_sixteen_bytes),
        cmocka_unit_test(serial_raises_transmit_interrupt_when_empty),
        cmocka_unit_test(serial_takes_no_time_unless_paced),
        cmocka_unit_test(hpet_counts_tens_of_nanoseconds),
        cmocka_unit_test(hpet_one_shot_by_message_and_pin),
        cmocka_unit_test(hpet_missed_comparator_fires_at_once),
        cmocka_unit_test(hpet_periodic),
        cmocka_unit_test(rtc_tells_the_date),
        cmocka_unit_test(exit_ports_end_the_machine),
        cmocka_unit_test(unclaimed_ports_read_as_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
