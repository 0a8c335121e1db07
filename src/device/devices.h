/*
 * The machine's devices as register models: PC99's COM1, PIT, RTC, HPET, IOAPIC lines and exit
 * ports. Time comes in as an argument (ns since boot), interrupts and bytes go out through the
 * state: no device calls anything. Pointer-free.
 */
#ifndef SEL4UX_DEVICE_DEVICES_H
#define SEL4UX_DEVICE_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "device/hpet.h"
#include "device/interrupts.h"
#include "device/pit.h"
#include "device/rtc.h"
#include "device/serial.h"

struct devices {
    struct interrupts interrupts;
    struct serial serial;
    struct pit pit;
    struct hpet hpet;
    struct rtc rtc;
    int exit_code; /* what the guest wrote to an exit port */
    bool exit_requested;
};

/* `boot_seconds`: UTC seconds since 1970 at the machine's time 0. */
void devices_init(struct devices *d, uint64_t boot_seconds);

/* Brings timers up to `now` and raises what has become due. */
void devices_advance(struct devices *d, uint64_t now);

/* When devices_advance has something to do next; UINT64_MAX: never. */
uint64_t devices_deadline(const struct devices *d);

/* I/O ports; width is 1, 2 or 4 bytes. Unclaimed ports read as all ones. */
uint32_t devices_port_in(struct devices *d, uint16_t port, unsigned width, uint64_t now);
void devices_port_out(struct devices *d, uint16_t port, unsigned width, uint32_t value,
                      uint64_t now);

/* Reading this port shows how time passes, so that a guest may wait by reading it. */
bool devices_port_tells_time(uint16_t port);

/* Memory-mapped registers; false when no device lives at `address`. width 1, 2, 4 or 8. */
bool devices_mmio_read(struct devices *d, uint64_t address, unsigned width, uint64_t now,
                       uint64_t *value);
bool devices_mmio_write(struct devices *d, uint64_t address, unsigned width, uint64_t now,
                        uint64_t value);

/* A guest may still be woken by terminal input: it has enabled receive interrupts. */
bool devices_wants_input(const struct devices *d);

#endif
