/* The firmware's ACPI tables: what seL4's platform libraries look for to find HPET and IOAPIC. */
#ifndef SEL4UX_MACHINE_BOOT_ACPI_H
#define SEL4UX_MACHINE_BOOT_ACPI_H

#include "machine/machine.h"

#define IOAPIC_ADDRESS 0xfec00000ull
#define LAPIC_ADDRESS  0xfee00000ull

#define ACPI_RSDP_SIZE 36 /* the version 2 structure; boot info carries all of it */

/* Writes the tables into firmware memory and copies the RSDP to `rsdp`. */
void acpi_build(struct machine *m, uint8_t rsdp[ACPI_RSDP_SIZE]);

#endif
