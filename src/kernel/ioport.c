/*
 * I/O ports: issuing capabilities to ranges of ports, and port input and output.
 *
 * k->io_ports has a bit set for every port that some capability covers. Ranges of different issues
 * never overlap, so a range is free again when its last capability is gone.
 */
#include "kernel/cspace.h"
#include "kernel/ioport.h"
#include "kernel/mdb.h"
#include "kernel/platform.h"

#define PORT_MASK 0xffffu

static bool is_allocated(const struct kernel *k, unsigned port)
{
    return (k->io_ports[port / 64] >> (port % 64)) & 1;
}

static bool range_is_free(const struct kernel *k, unsigned first, unsigned last)
{
    for (unsigned port = first; port <= last; port++) {
        if (port % 64 == 0 && last - port >= 63 && k->io_ports[port / 64] == 0)
            port += 63;
        else if (is_allocated(k, port))
            return false;
    }
    return true;
}

static void set_allocated(struct kernel *k, unsigned first, unsigned last, bool allocated)
{
    for (unsigned port = first; port <= last; port++) {
        if (allocated)
            k->io_ports[port / 64] |= BIT(port % 64);
        else
            k->io_ports[port / 64] &= ~BIT(port % 64);
    }
}

void ioport_free(struct kernel *k, unsigned first, unsigned last)
{
    set_allocated(k, first, last, false);
}

enum outcome decode_io_port_control(struct kernel *k, struct invocation *inv)
{
    paddr dest;

    if (inv->label != INV_X86_IO_PORT_CONTROL_ISSUE)
        return fail(k, seL4_IllegalOperation);
    if (!invocation_has(k, inv, 4, 1))
        return FAILED;
    unsigned first = invocation_arg(k, inv, 0) & PORT_MASK;
    unsigned last = invocation_arg(k, inv, 1) & PORT_MASK;

    if (last < first)
        return fail_argument(k, 1);
    if (!range_is_free(k, first, last))
        return fail(k, seL4_RevokeFirst);
    if (!cspace_lookup_target(k, cte_at(k, inv->extra[0])->cap, invocation_arg(k, inv, 2),
                              invocation_arg(k, inv, 3), false, &dest) ||
        !cspace_ensure_empty(k, dest))
        return FAILED;

    struct cap ports = {.io_port = {
                            .type = CAP_IO_PORT,
                            .first = (uint16_t)first,
                            .last = (uint16_t)last,
                        }};
    set_allocated(k, first, last, true);
    mdb_insert(k, ports, inv->slot, dest);
    return DONE;
}

/* The width in bytes of the port operation `label`, or 0; *is_output says which way it goes. */
static unsigned operation_width(enum abi_invocation label, bool *is_output)
{
    *is_output = label == INV_X86_IO_PORT_OUT8 || label == INV_X86_IO_PORT_OUT16 ||
                 label == INV_X86_IO_PORT_OUT32;
    switch (label) {
    case INV_X86_IO_PORT_IN8:
    case INV_X86_IO_PORT_OUT8:
        return 1;
    case INV_X86_IO_PORT_IN16:
    case INV_X86_IO_PORT_OUT16:
        return 2;
    case INV_X86_IO_PORT_IN32:
    case INV_X86_IO_PORT_OUT32:
        return 4;
    default:
        return 0;
    }
}

enum outcome decode_io_port(struct kernel *k, struct invocation *inv)
{
    bool is_output;
    unsigned width = operation_width(inv->label, &is_output);

    if (width == 0)
        return fail(k, seL4_IllegalOperation);
    if (!invocation_has(k, inv, is_output ? 2 : 1, 0))
        return FAILED;
    unsigned port = invocation_arg(k, inv, 0) & PORT_MASK;
    if (port < inv->cap.io_port.first || port + width - 1 > inv->cap.io_port.last)
        return fail(k, seL4_IllegalOperation);

    uint32_t value_mask = (uint32_t)MASK(width * 8);
    if (is_output) {
        platform_port_out(k, (uint16_t)port, width,
                          (uint32_t)invocation_arg(k, inv, 1) & value_mask);
        return DONE;
    }
    inv->result[0] = platform_port_in(k, (uint16_t)port, width) & value_mask;
    inv->result_count = 1;
    return DONE;
}
