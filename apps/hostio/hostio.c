/*
 * A driver for something that the host has: keeps what is typed at the terminal in a file, until
 * the end of input. docs/linux-io.md goes through it step by step.
 *
 *     sel4ux run hostio.elf --host terminal --host dir=FOLDER:rw,name=notes
 */
#include <guest.h>

#include <sel4ux/host.h>

/* 1: what the user has allowed. */
static seL4_CPtr granted(seL4_Word kind, const char *name)
{
    const struct sel4ux_host_grant *grant = sel4ux_host_find(seL4_GetBootInfo(), kind, name);

    if (grant == NULL)
        guest_die("run me with --host terminal --host dir=FOLDER:rw,name=notes");
    return grant->slot;
}

/* 2: a frame that the host reads and writes, as a device with DMA would. */
static char *page;
static struct sel4ux_host_buffer buffer;

/* 3: a new object, through one that we have: the file, through the folder. */
static seL4_CPtr open_notes(seL4_CPtr folder)
{
    static const char path[] = "notes.txt";
    struct sel4ux_host_slot slot = {ROOT, slot_alloc(), DEPTH};
    struct sel4ux_host_status status;

    memcpy(page, path, sizeof path);
    buffer.length = sizeof path - 1;
    if (sel4ux_host_open(folder, buffer, slot, SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE) <
        0)
        guest_die("notes.txt can't be opened for writing");
    if (sel4ux_host_stat(slot.index, &status) == 0)
        guest_printf("notes.txt has %lu bytes\n", status.size);
    return slot.index;
}

/* 4: requests never wait. What can't be done now is announced by the object's interrupt. */
static long read_terminal(seL4_CPtr terminal, seL4_CPtr interrupt)
{
    long n;

    buffer.length = PAGE_SIZE;
    while ((n = sel4ux_host_read(terminal, buffer, 0)) == -SEL4UX_HOST_AGAIN) {
        sel4ux_host_ack(terminal, SEL4UX_HOST_READABLE);
        seL4_Wait(interrupt, NULL);
    }
    return n;
}

/* 5: a request may do a part of what it was asked for. */
static void append(seL4_CPtr file, long bytes)
{
    struct sel4ux_host_status status;
    struct sel4ux_host_buffer rest = {buffer.frame, 0, (seL4_Word)bytes};
    long done;

    if (sel4ux_host_stat(file, &status) < 0)
        guest_die("notes.txt is gone");
    for (; rest.length > 0; rest.offset += (seL4_Word)done, rest.length -= (seL4_Word)done) {
        done = sel4ux_host_write(file, rest, status.size + rest.offset);
        if (done < 0)
            guest_die("writing notes.txt: error %ld", -done);
    }
}

int main(void)
{
    seL4_CPtr terminal = granted(SEL4UX_HOST_TERMINAL, NULL);
    seL4_CPtr interrupt = object_alloc(seL4_NotificationObject, 0), file;
    long n;

    page = page_alloc(&buffer.frame);
    file = open_notes(granted(SEL4UX_HOST_DIRECTORY, "notes"));
    sel4ux_host_bind(terminal, interrupt);
    while ((n = read_terminal(terminal, interrupt)) > 0)
        append(file, n);
    sel4ux_host_sync(file);
    cap_delete(file); /* 6: the last capability closes it */
    guest_printf("kept\n");
    guest_exit();
}
