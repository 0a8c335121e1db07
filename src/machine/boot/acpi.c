/*
 * ACPI tables, see acpi.h. Field offsets: ACPI specification 6.4, chapter 5, and the IA-PC HPET
 * specification 1.0a for the HPET table. All fields are little endian.
 */
#include "machine/boot/acpi.h"

#include <string.h>

#define RSDP_ADDRESS                                                                               \
    0xf5a00ull /* on a 16-byte boundary of the BIOS area, where it is scanned for */
#define TABLE_ADDRESS 0xf6000ull

#define HEADER_SIZE 36

/* A table under construction in guest memory. */
struct table {
    uint8_t *bytes;
    uint32_t size;
    paddr address;
};

static void put(struct table *t, uint64_t value, unsigned width)
{
    for (unsigned n = 0; n < width; n++)
        t->bytes[t->size++] = (uint8_t)(value >> (8 * n));
}

static uint8_t checksum(const uint8_t *bytes, uint32_t size)
{
    uint8_t sum = 0;

    while (size > 0)
        sum = (uint8_t)(sum + bytes[--size]);
    return (uint8_t)-sum;
}

static struct table table_begin(struct machine *m, paddr address, const char *signature,
                                uint8_t revision)
{
    struct table t = {.bytes = kernel_at(&m->kernel, address), .address = address};

    memset(t.bytes, 0, HEADER_SIZE);
    memcpy(t.bytes, signature, 4);
    t.bytes[8] = revision;
    memcpy(t.bytes + 10, "SEL4UXMACHINE ", 14); /* OEM id (6), OEM table id (8) */
    memcpy(t.bytes + 28, "S4UX", 4);
    t.size = HEADER_SIZE;
    return t;
}

/* Returns the first 16-byte boundary behind the finished table. */
static paddr table_end(struct table *t)
{
    memcpy(t->bytes + 4, &t->size, sizeof t->size);
    t->bytes[9] = checksum(t->bytes, t->size);
    return (t->address + t->size + 15) & ~15ull;
}

static void add_source_override(struct table *t, uint8_t isa_irq, uint32_t pin)
{
    put(t, 2, 1);
    put(t, 10, 1);
    put(t, 0, 1);
    put(t, isa_irq, 1);
    put(t, pin, 4);
    put(t, 0, 2); /* polarity and trigger as the bus has them */
}

static paddr build_madt(struct machine *m, paddr address)
{
    struct table t = table_begin(m, address, "APIC", 1);

    put(&t, LAPIC_ADDRESS, 4);
    put(&t, 1, 4); /* a PC-AT with two 8259s */
    put(&t, 0, 1); /* local APIC of processor 0 */
    put(&t, 8, 1);
    put(&t, 0, 2);
    put(&t, 1, 4);
    put(&t, 1, 1); /* IOAPIC 0 at global interrupt 0 */
    put(&t, 12, 1);
    put(&t, 0, 2);
    put(&t, IOAPIC_ADDRESS, 4);
    put(&t, 0, 4);
    add_source_override(&t, 0, PIN_TIMER);
    return table_end(&t);
}

static paddr build_hpet(struct machine *m, paddr address)
{
    struct table t = table_begin(m, address, "HPET", 1);
    put(&t, hpet_read(&m->devices.hpet, 0, 4, 0), 4);
    put(&t, 0, 4); /* generic address: system memory, any width */
    put(&t, HPET_ADDRESS, 8);
    put(&t, 0, 1);
    put(&t, 100, 2); /* shortest periodic tick that is not lost */
    put(&t, 0, 1);
    return table_end(&t);
}

static paddr build_rsdt(struct machine *m, paddr address, paddr madt, paddr hpet)
{
    struct table t = table_begin(m, address, "RSDT", 1);

    put(&t, madt, 4);
    put(&t, hpet, 4);
    return table_end(&t);
}

void acpi_build(struct machine *m, uint8_t rsdp[ACPI_RSDP_SIZE])
{
    paddr madt = TABLE_ADDRESS, hpet = build_madt(m, madt), rsdt = build_hpet(m, hpet);

    build_rsdt(m, rsdt, madt, hpet);
    memset(rsdp, 0, ACPI_RSDP_SIZE);
    memcpy(rsdp, "RSD PTR SEL4UX", 8);
    memcpy(rsdp + 9, "SEL4UX", 6);
    memcpy(rsdp + 16, &(uint32_t){(uint32_t)rsdt}, 4);
    rsdp[8] = checksum(rsdp, 20); /* revision 0: the first 20 bytes */
    memcpy(kernel_at(&m->kernel, RSDP_ADDRESS), rsdp, 20);
}
