/*
 * What the file server needs of whatever keeps the files: ram.c and host.c.
 *
 * Files are named by the server's numbers, from 1 to FILE_FILES - 1; folder 0 of FILE_LIST is the
 * session's own. `root` is the number of the session's directory. Results are those of host
 * objects.
 */
#pragma once

#include "../lib/server.h"
#include "file.h"

#define FILE_FILES 96

/* Part of the session's buffer: as a host object wants it, and as the server sees it. */
struct file_range {
    struct sel4ux_host_buffer frame;
    char *at;
};

struct file_backend_ops {
    long (*start)(const seL4_Word *words);
    long (*open)(seL4_Word root, unsigned int file, struct file_range path, seL4_Word flags);
    void (*close)(unsigned int file);
    long (*read)(unsigned int file, struct file_range to, seL4_Word position);
    long (*write)(unsigned int file, struct file_range from, seL4_Word position);
    long (*stat)(unsigned int file, struct sel4ux_host_status *status);
    long (*stat_path)(seL4_Word root, struct file_range path, struct sel4ux_host_status *status);
    long (*truncate)(unsigned int file, seL4_Word size);
    long (*sync)(unsigned int file);
    long (*list)(seL4_Word root, unsigned int file, struct file_range entries, seL4_Word *cookie);
    long (*make_directory)(seL4_Word root, struct file_range path);
    long (*remove)(seL4_Word root, struct file_range path);
    long (*rename)(seL4_Word root, struct file_range paths, seL4_Word first);
    long (*direct)(unsigned int file, bool writable, seL4_CPtr *cap);
};

extern const struct file_backend_ops file_ram, file_host;
