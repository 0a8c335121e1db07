/*
 * The 8254 interval timer: three counters at 1.193182 MHz. Counter 0 drives the timer pin; counter
 * 2's output is seen through port 0x61, which is how code calibrates against it.
 */
#ifndef SEL4UX_DEVICE_PIT_H
#define SEL4UX_DEVICE_PIT_H

#include <stdbool.h>
#include <stdint.h>

#include "device/interrupts.h"

#define PIT_PORT     0x40
#define PIT_HZ       1193182ull
#define PIT_COUNTERS 3

struct pit_counter {
    uint8_t mode;   /* 0 to 5 */
    uint8_t access; /* 1 low byte, 2 high byte, 3 both */
    bool loaded, gate;
    bool write_high, read_high; /* which half of a two-byte access is next */
    uint8_t write_low;
    bool latched;
    uint16_t latch;
    uint32_t reload; /* 1 to 65536 */
    uint64_t start;  /* ns: when the current count was loaded */
    uint64_t fired;  /* counter 0: expiries already delivered since `start` */
};

struct pit {
    struct pit_counter counter[PIT_COUNTERS];
    bool unheard; /* counter 0 is as pit_leave_running() left it, and nobody has listened since */
};

void pit_init(struct pit *p);

/*
 * Counter 0 as a kernel leaves it that has measured time by it: a rate generator, from time 0 on.
 * Nothing is due of it before pit_listen() or a guest's own programming, for then nobody would
 * notice.
 */
void pit_leave_running(struct pit *p, uint16_t count);
void pit_listen(struct pit *p, uint64_t now);

uint8_t pit_read(struct pit *p, unsigned reg, uint64_t now);
void pit_write(struct pit *p, unsigned reg, uint8_t value, uint64_t now);
void pit_advance(struct pit *p, struct interrupts *i, uint64_t now);
uint64_t pit_deadline(const struct pit *p);

/* Port 0x61: gate of counter 2 in, its output (bit 5) out. */
void pit_set_gate2(struct pit *p, bool gate, uint64_t now);
bool pit_output2(const struct pit *p, uint64_t now);

#endif
