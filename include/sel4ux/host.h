/*
 * Linux I/O for seL4 programs: host objects, which a machine started with `--host ...` has.
 *
 * A host object is a directory, an open file, a socket, the terminal ... of the Linux host, named
 * by a capability like any kernel object: it can be copied, given away with fewer rights
 * (CNode_Mint: without write it only reads), revoked, and the host's descriptor is closed with its
 * last capability. The root task finds those that the user allowed in an extra boot info chunk
 * (sel4ux_host_find); from these it makes others (an open file of a directory, a connection of a
 * listener), each in a slot of its choice, derived from the capability that it was made through:
 * revoking that closes them.
 *
 * Requests are invocations and never wait: what can't be done now returns SEL4UX_HOST_AGAIN. Bytes
 * (data, names) move between the host and a frame that the invoker passes a capability to, like a
 * device's DMA; the frame need not be mapped anywhere.
 *
 * Readiness is an interrupt. As with an IRQ handler: bind a notification to the object, then
 * sel4ux_host_ack() says which events are waited for; the first of them to be true signals the
 * notification once, and no more until the next ack. An event that is true already signals at once.
 *
 * Everything here needs only libsel4 (ours or upstream's) and works alike in unmodified images and
 * in recompiled programs. On a kernel without host objects there is no chunk, so nothing is found.
 * The interface is described in docs/linux-io.md.
 */
#ifndef SEL4UX_HOST_H
#define SEL4UX_HOST_H

#include <sel4/sel4.h>
#include <sel4ux/host_numbers.h>

/* ------------------------------------------------------------------ boot info */

/* A chunk with the id SEL4UX_BOOTINFO_HOST: seL4's header (id, len), then this. */
struct sel4ux_host_grant {
    seL4_Word slot; /* of the initial CSpace */
    seL4_Word kind;                   /* enum sel4ux_host_kind */
    seL4_Word writable;               /* 1 or 0 */
    char name[SEL4UX_HOST_NAME_SIZE]; /* what the user called it; what the option said by default */
};

struct sel4ux_host_chunk {
    seL4_Word count;
    struct sel4ux_host_grant grant[];
};

/* ------------------------------------------------------------------ results */

/*
 * Functions return a number from 0 on, or an enum sel4ux_host_error, negated. Below
 * -SEL4UX_HOST_REFUSED_BY_KERNEL it is a seL4_Error of the invocation itself
 * (sel4ux_host_kernel_error).
 */

/* ------------------------------------------------------------------ invocations */

/*
 * Labels are those of enum sel4ux_host_label. Message registers in order; caps in the order of
 * the extra capabilities. `buf` is a frame capability with two words, offset and length; `dest` is
 * a CNode capability with two words, index and depth. Words that are named beside each other are
 * not packed. Replies: the first word is the result (negated error), then what `->`
 * names.
 */

/* IDENTIFY's two words: ETHERNET: MAC address (first byte lowest), largest frame; LISTENER, UDP,
 * PEER, STREAM: address, port (own; of PEER and STREAM the other's); others: 0. */

/* What STAT says. Times are ns since 1970. */
struct sel4ux_host_status {
    seL4_Word kind; /* DIRECTORY, FILE, BLOCK; NONE: something else that can't be opened */
    seL4_Word size;
    seL4_Word modified;
    seL4_Word writable; /* through this object */
};

#define SEL4UX_HOST_STATUS_WORDS 4

/* LIST fills the buffer with these, each at a multiple of 8; `length` is that of the whole entry.
 */
struct sel4ux_host_entry {
    seL4_Word kind, size, modified;
    seL4_Uint16 length;
    seL4_Uint16 name_length;
    char name[]; /* not terminated */
};

/* Addresses are IPv4's, as a number: 127.0.0.1 is 0x7f000001. */

/* A part of a frame, by a capability to it; 0, 0, 0: none. */
struct sel4ux_host_buffer {
    seL4_CPtr frame;
    seL4_Word offset, length;
};

/* An empty slot for a new capability. */
struct sel4ux_host_slot {
    seL4_CPtr root;
    seL4_Word index, depth;
};

/* ------------------------------------------------------------------ calling */

static inline long sel4ux_host_call(seL4_CPtr object, seL4_Word label, unsigned words,
                                    unsigned caps)
{
    seL4_MessageInfo_t info = seL4_Call(object, seL4_MessageInfo_new(label, 0, caps, words));
    seL4_Word error = seL4_MessageInfo_get_label(info);

    if (error != seL4_NoError)
        return -(long)(SEL4UX_HOST_REFUSED_BY_KERNEL + error);
    return (long)seL4_GetMR(0);
}

/* The seL4_Error in a result; seL4_NoError if it is another one. */
static inline seL4_Error sel4ux_host_kernel_error(long result)
{
    return result <= -(long)SEL4UX_HOST_REFUSED_BY_KERNEL
               ? (seL4_Error)(-result - SEL4UX_HOST_REFUSED_BY_KERNEL)
               : seL4_NoError;
}

static inline void sel4ux_host_put_buffer(struct sel4ux_host_buffer b)
{
    seL4_SetCap(0, b.frame);
    seL4_SetMR(0, b.offset);
    seL4_SetMR(1, b.length);
}

static inline void sel4ux_host_put_slot(unsigned cap, unsigned mr, struct sel4ux_host_slot s)
{
    seL4_SetCap((int)cap, s.root);
    seL4_SetMR((int)mr, s.index);
    seL4_SetMR((int)mr + 1, s.depth);
}

/* ------------------------------------------------------------------ every object */

static inline long sel4ux_host_identify(seL4_CPtr object, seL4_Word *kind, seL4_Word *writable,
                                        seL4_Word detail[2])
{
    long result = sel4ux_host_call(object, SEL4UX_HOST_IDENTIFY, 0, 0);

    *kind = result < 0 ? SEL4UX_HOST_NONE : seL4_GetMR(1);
    *writable = result < 0 ? 0 : seL4_GetMR(2);
    detail[0] = result < 0 ? 0 : seL4_GetMR(3);
    detail[1] = result < 0 ? 0 : seL4_GetMR(4);
    return result;
}

/* The notification gets its badge or'ed in, as by seL4_Signal with that capability. */
static inline long sel4ux_host_bind(seL4_CPtr object, seL4_CPtr notification)
{
    seL4_SetCap(0, notification);
    return sel4ux_host_call(object, SEL4UX_HOST_BIND, 0, 1);
}

static inline long sel4ux_host_unbind(seL4_CPtr object)
{
    return sel4ux_host_call(object, SEL4UX_HOST_UNBIND, 0, 0);
}

/* Waits from now on for `events` (enum sel4ux_host_events), instead of those before. */
static inline long sel4ux_host_ack(seL4_CPtr object, seL4_Word events)
{
    seL4_SetMR(0, events);
    return sel4ux_host_call(object, SEL4UX_HOST_ACK, 1, 0);
}

static inline long sel4ux_host_poll(seL4_CPtr object, seL4_Word *events)
{
    long result = sel4ux_host_call(object, SEL4UX_HOST_POLL, 0, 0);

    *events = result < 0 ? 0 : seL4_GetMR(1);
    return result;
}

/* ------------------------------------------------------------------ bytes */

/*
 * Files and block devices: from `position` on; 0 bytes at the end. Others have no position (0);
 * streams and the terminal: 0 bytes when no more will come. Ethernet: one frame.
 */
static inline long sel4ux_host_read(seL4_CPtr object, struct sel4ux_host_buffer to,
                                    seL4_Word position)
{
    sel4ux_host_put_buffer(to);
    seL4_SetMR(2, position);
    return sel4ux_host_call(object, SEL4UX_HOST_READ, 3, 1);
}

/* May take fewer bytes than there are. */
static inline long sel4ux_host_write(seL4_CPtr object, struct sel4ux_host_buffer from,
                                     seL4_Word position)
{
    sel4ux_host_put_buffer(from);
    seL4_SetMR(2, position);
    return sel4ux_host_call(object, SEL4UX_HOST_WRITE, 3, 1);
}

static inline long sel4ux_host_take_status(long result, struct sel4ux_host_status *status)
{
    *status = (struct sel4ux_host_status){0, 0, 0, 0};
    if (result >= 0) {
        status->kind = seL4_GetMR(1);
        status->size = seL4_GetMR(2);
        status->modified = seL4_GetMR(3);
        status->writable = seL4_GetMR(4);
    }
    return result;
}

static inline long sel4ux_host_stat(seL4_CPtr object, struct sel4ux_host_status *status)
{
    return sel4ux_host_take_status(sel4ux_host_call(object, SEL4UX_HOST_STAT, 0, 0), status);
}

static inline long sel4ux_host_truncate(seL4_CPtr file, seL4_Word size)
{
    seL4_SetMR(0, size);
    return sel4ux_host_call(file, SEL4UX_HOST_TRUNCATE, 1, 0);
}

/* Returns when all that was written is on the host's disk. */
static inline long sel4ux_host_sync(seL4_CPtr object)
{
    return sel4ux_host_call(object, SEL4UX_HOST_SYNC, 0, 0);
}

/* ------------------------------------------------------------------ directories */

/*
 * Paths lie in a buffer, not terminated: names with '/' between them, relative to the directory. No
 * link and no ".." leads out of it.
 */
static inline long sel4ux_host_open(seL4_CPtr directory, struct sel4ux_host_buffer path,
                                    struct sel4ux_host_slot dest, seL4_Word flags)
{
    sel4ux_host_put_buffer(path);
    sel4ux_host_put_slot(1, 2, dest);
    seL4_SetMR(4, flags);
    return sel4ux_host_call(directory, SEL4UX_HOST_OPEN, 5, 2);
}

static inline long sel4ux_host_stat_path(seL4_CPtr directory, struct sel4ux_host_buffer path,
                                         struct sel4ux_host_status *status)
{
    sel4ux_host_put_buffer(path);
    return sel4ux_host_take_status(sel4ux_host_call(directory, SEL4UX_HOST_STAT_PATH, 2, 1),
                                   status);
}

/* Begin with *cookie 0; 0 bytes: that was all. Returns as many whole entries as fit. */
static inline long sel4ux_host_list(seL4_CPtr directory, struct sel4ux_host_buffer entries,
                                    seL4_Word *cookie)
{
    long result;

    sel4ux_host_put_buffer(entries);
    seL4_SetMR(2, *cookie);
    result = sel4ux_host_call(directory, SEL4UX_HOST_LIST, 3, 1);
    if (result >= 0)
        *cookie = seL4_GetMR(1);
    return result;
}

static inline long sel4ux_host_make_directory(seL4_CPtr directory, struct sel4ux_host_buffer path)
{
    sel4ux_host_put_buffer(path);
    return sel4ux_host_call(directory, SEL4UX_HOST_MAKE_DIRECTORY, 2, 1);
}

static inline long sel4ux_host_remove(seL4_CPtr directory, struct sel4ux_host_buffer path)
{
    sel4ux_host_put_buffer(path);
    return sel4ux_host_call(directory, SEL4UX_HOST_REMOVE, 2, 1);
}

/* Both paths, one behind the other; the first has `first` bytes. Replaces a file of the new name.
 */
static inline long sel4ux_host_rename(seL4_CPtr directory, struct sel4ux_host_buffer paths,
                                      seL4_Word first)
{
    sel4ux_host_put_buffer(paths);
    seL4_SetMR(2, first);
    return sel4ux_host_call(directory, SEL4UX_HOST_RENAME, 3, 1);
}

/* ------------------------------------------------------------------ sockets */

struct sel4ux_host_address {
    seL4_Word address, port;
};

static inline long sel4ux_host_take_address(long result, struct sel4ux_host_address *from)
{
    from->address = result < 0 ? 0 : seL4_GetMR(1);
    from->port = result < 0 ? 0 : seL4_GetMR(2);
    return result;
}

static inline long sel4ux_host_accept(seL4_CPtr listener, struct sel4ux_host_slot dest,
                                      struct sel4ux_host_address *from)
{
    sel4ux_host_put_slot(0, 0, dest);
    return sel4ux_host_take_address(sel4ux_host_call(listener, SEL4UX_HOST_ACCEPT, 2, 1), from);
}

/* The stream is writable when it is decided; a write then says whether it worked. */
static inline long sel4ux_host_connect(seL4_CPtr peer, struct sel4ux_host_slot dest,
                                       struct sel4ux_host_address to)
{
    sel4ux_host_put_slot(0, 0, dest);
    seL4_SetMR(2, to.address);
    seL4_SetMR(3, to.port);
    return sel4ux_host_call(peer, SEL4UX_HOST_CONNECT, 4, 1);
}

static inline long sel4ux_host_shutdown(seL4_CPtr stream)
{
    return sel4ux_host_call(stream, SEL4UX_HOST_SHUTDOWN, 0, 0);
}

static inline long sel4ux_host_send_to(seL4_CPtr udp, struct sel4ux_host_buffer data,
                                       struct sel4ux_host_address to)
{
    sel4ux_host_put_buffer(data);
    seL4_SetMR(2, to.address);
    seL4_SetMR(3, to.port);
    return sel4ux_host_call(udp, SEL4UX_HOST_SEND_TO, 4, 1);
}

/* One datagram; what does not fit is lost. */
static inline long sel4ux_host_receive_from(seL4_CPtr udp, struct sel4ux_host_buffer data,
                                            struct sel4ux_host_address *from)
{
    sel4ux_host_put_buffer(data);
    return sel4ux_host_take_address(sel4ux_host_call(udp, SEL4UX_HOST_RECEIVE_FROM, 2, 1), from);
}

/* ------------------------------------------------------------------ clock, terminal */

static inline long sel4ux_host_clock_read(seL4_CPtr clock, seL4_Word *date, seL4_Word *since_boot)
{
    long result = sel4ux_host_call(clock, SEL4UX_HOST_CLOCK_READ, 0, 0);

    *date = result < 0 ? 0 : seL4_GetMR(1);
    *since_boot = result < 0 ? 0 : seL4_GetMR(2);
    return result;
}

/* The clock is READABLE from `since_boot` on, until another alarm is set; 0: never. */
static inline long sel4ux_host_clock_alarm(seL4_CPtr clock, seL4_Word since_boot)
{
    seL4_SetMR(0, since_boot);
    return sel4ux_host_call(clock, SEL4UX_HOST_CLOCK_ALARM, 1, 0);
}

static inline long sel4ux_host_terminal_mode(seL4_CPtr terminal, seL4_Word mode)
{
    seL4_SetMR(0, mode);
    return sel4ux_host_call(terminal, SEL4UX_HOST_TERMINAL_MODE, 1, 0);
}

static inline long sel4ux_host_terminal_size(seL4_CPtr terminal, seL4_Word *columns,
                                             seL4_Word *rows)
{
    long result = sel4ux_host_call(terminal, SEL4UX_HOST_TERMINAL_SIZE, 0, 0);

    *columns = result < 0 ? 0 : seL4_GetMR(1);
    *rows = result < 0 ? 0 : seL4_GetMR(2);
    return result;
}

/* ------------------------------------------------------------------ what the user allowed */

/* All grants; NULL on a machine without any. */
static inline const struct sel4ux_host_chunk *sel4ux_host_grants(const seL4_BootInfo *info)
{
    const char *chunk = (const char *)info + (1ul << seL4_PageBits), *end = chunk + info->extraLen;

    while (chunk + sizeof(seL4_BootInfoHeader) <= end) {
        const seL4_BootInfoHeader *header = (const seL4_BootInfoHeader *)chunk;

        if (header->len < sizeof *header)
            break;
        if (header->id == SEL4UX_BOOTINFO_HOST)
            return (const struct sel4ux_host_chunk *)(header + 1);
        chunk += header->len;
    }
    return 0;
}

/* The first grant of `kind` with that name, or of any name (NULL); NULL when there is none. */
static inline const struct sel4ux_host_grant *sel4ux_host_find(const seL4_BootInfo *info,
                                                               seL4_Word kind, const char *name)
{
    const struct sel4ux_host_chunk *chunk = sel4ux_host_grants(info);

    for (seL4_Word i = 0; chunk != 0 && i < chunk->count; i++) {
        const struct sel4ux_host_grant *grant = &chunk->grant[i];
        unsigned n = 0;

        while (name != 0 && name[n] != '\0' && name[n] == grant->name[n])
            n++;
        if (grant->kind == kind && (name == 0 || name[n] == grant->name[n]))
            return grant;
    }
    return 0;
}

#endif
