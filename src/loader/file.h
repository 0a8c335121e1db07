/*
 * Reading a whole file that a person named: regular files only, with a limit on the size.
 */
#ifndef SEL4UX_LOADER_FILE_H
#define SEL4UX_LOADER_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * On success *data is malloc'd, *size bytes and one terminating 0 byte behind them. Returns 0, or
 * -errno with the cause in *err, without the path.
 */
int file_read(const char *path, uint64_t limit, uint8_t **data, size_t *size, struct error *err);

bool file_is_folder(const char *path);

#endif
