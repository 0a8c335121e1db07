/* A block device of 10000 bytes, and one that is read-only. */
#include "common.h"

int main(void)
{
    seL4_CPtr disk, rom;
    struct sel4ux_host_status status;

    host_begin();
    disk = host_granted(SEL4UX_HOST_BLOCK, "disk");
    rom = host_granted(SEL4UX_HOST_BLOCK, "rom");
    show("status", sel4ux_host_stat(disk, &status));
    guest_printf("kind %lu, %lu bytes, %s\n", status.kind, status.size,
                 status.writable ? "writable" : "read-only");
    show("read", sel4ux_host_read(disk, bytes(4096), 0));
    guest_printf("first byte %c\n", page[0]);
    memset(page, 'b', 4096);
    show("write", sel4ux_host_write(disk, bytes(4096), 4096));
    show("write across the end", sel4ux_host_write(disk, bytes(4096), 8192));
    show("write at the end", sel4ux_host_write(disk, bytes(4096), 10000));
    show("write far behind it", sel4ux_host_write(disk, bytes(4096), ~0ul - 100));
    show("read across the end", sel4ux_host_read(disk, bytes(4096), 8192));
    show("read at the end", sel4ux_host_read(disk, bytes(4096), 10000));
    show("sync", sel4ux_host_sync(disk));
    show("shorten", sel4ux_host_truncate(disk, 0));
    show("read the other", sel4ux_host_read(rom, bytes(4096), 0));
    show("write to it", sel4ux_host_write(rom, bytes(10), 0));
    guest_exit();
}
