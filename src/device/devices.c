/* The map of ports and registers to devices, see devices.h. */
#include "device/devices.h"

#define PORT_SYSTEM     0x61 /* counter 2's gate and output */
#define PORT_KEYBOARD   0x64
#define PORT_RTC_INDEX  0x70
#define PORT_RTC_DATA   0x71
#define PORT_EXIT       0xf4  /* QEMU's isa-debug-exit, where images place it */
#define PORT_EXIT_QEMU  0x501 /* and QEMU's default for it */
#define PORT_PM_CONTROL 0x604 /* ACPI power management control of QEMU's PC */
#define PORT_RESET      0xcf9
#define SLEEP_ENABLE    0x2000
#define KEYBOARD_RESET  0xfe

void devices_init(struct devices *d, uint64_t boot_seconds)
{
    pit_init(&d->pit);
    hpet_init(&d->hpet);
    serial_init(&d->serial);
    d->rtc.boot_seconds = (int64_t)boot_seconds;
}

void devices_advance(struct devices *d, uint64_t now)
{
    pit_advance(&d->pit, &d->interrupts, now);
    hpet_advance(&d->hpet, &d->interrupts, now);
    serial_advance(&d->serial, &d->interrupts, now);
}

uint64_t devices_deadline(const struct devices *d)
{
    uint64_t pit = pit_deadline(&d->pit), hpet = hpet_deadline(&d->hpet);
    uint64_t serial = serial_deadline(&d->serial), timer = pit < hpet ? pit : hpet;

    return timer < serial ? timer : serial;
}

static uint8_t port_in_byte(struct devices *d, uint16_t port, uint64_t now)
{
    if (port >= SERIAL_PORT && port < SERIAL_PORT + 8)
        return serial_read(&d->serial, &d->interrupts, port - SERIAL_PORT, now);
    if (port >= PIT_PORT && port < PIT_PORT + 4)
        return pit_read(&d->pit, port - PIT_PORT, now);
    switch (port) {
    case PORT_SYSTEM:
        return (uint8_t)(d->pit.counter[2].gate | pit_output2(&d->pit, now) << 5);
    case PORT_KEYBOARD:
        return 0; /* no key waits, the controller is ready */
    case PORT_RTC_INDEX:
        return d->rtc.index;
    case PORT_RTC_DATA:
        return rtc_read(&d->rtc, now);
    default:
        return 0xff;
    }
}

bool devices_port_tells_time(uint16_t port)
{
    return (port >= PIT_PORT && port < PIT_PORT + PIT_COUNTERS) || port == PORT_SYSTEM ||
           port == PORT_RTC_DATA;
}

static void request_exit(struct devices *d, int code)
{
    d->exit_requested = true;
    d->exit_code = code;
}

static void port_out_byte(struct devices *d, uint16_t port, uint8_t value, uint64_t now)
{
    if (port >= SERIAL_PORT && port < SERIAL_PORT + 8) {
        serial_write(&d->serial, &d->interrupts, port - SERIAL_PORT, value, now);
    } else if (port >= PIT_PORT && port < PIT_PORT + 4) {
        pit_write(&d->pit, port - PIT_PORT, value, now);
    } else if (port == PORT_SYSTEM) {
        pit_set_gate2(&d->pit, value & 1, now);
    } else if (port == PORT_RTC_INDEX) {
        d->rtc.index = value & 0x7f;
    } else if (port == PORT_RTC_DATA) {
        rtc_write(&d->rtc, value);
    } else if (port == PORT_KEYBOARD && value == KEYBOARD_RESET) {
        request_exit(d, 0);
    }
}

uint32_t devices_port_in(struct devices *d, uint16_t port, unsigned width, uint64_t now)
{
    uint32_t value = 0;

    for (unsigned n = 0; n < width; n++)
        value |= (uint32_t)port_in_byte(d, (uint16_t)(port + n), now) << (8 * n);
    return value;
}

void devices_port_out(struct devices *d, uint16_t port, unsigned width, uint32_t value,
                      uint64_t now)
{
    if (port == PORT_EXIT || port == PORT_EXIT_QEMU) {
        request_exit(d, (int)((value << 1 | 1) & 0xff)); /* what isa-debug-exit makes of it */
    } else if (port == PORT_PM_CONTROL && (value & SLEEP_ENABLE)) {
        request_exit(d, 0);
    } else if (port == PORT_RESET && (value & 4)) {
        request_exit(d, 0);
    } else {
        for (unsigned n = 0; n < width; n++)
            port_out_byte(d, (uint16_t)(port + n), (uint8_t)(value >> (8 * n)), now);
    }
}

bool devices_mmio_read(struct devices *d, uint64_t address, unsigned width, uint64_t now,
                       uint64_t *value)
{
    if (address < HPET_ADDRESS || address - HPET_ADDRESS >= HPET_SIZE)
        return false;
    *value = hpet_read(&d->hpet, (unsigned)(address - HPET_ADDRESS), width, now);
    return true;
}

bool devices_mmio_write(struct devices *d, uint64_t address, unsigned width, uint64_t now,
                        uint64_t value)
{
    if (address < HPET_ADDRESS || address - HPET_ADDRESS >= HPET_SIZE)
        return false;
    hpet_write(&d->hpet, &d->interrupts, (unsigned)(address - HPET_ADDRESS), width, value, now);
    return true;
}

bool devices_wants_input(const struct devices *d)
{
    return d->serial.enable & 1;
}
