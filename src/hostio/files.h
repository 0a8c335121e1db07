/* Between file.c, directory.c and kinds.c. */
#ifndef SEL4UX_HOSTIO_FILES_H
#define SEL4UX_HOSTIO_FILES_H

#include <sys/stat.h>

#include "hostio/hostio.h"

int files_open_block(struct hostio_object *o, const struct hostio_spec *spec, struct error *err);
int files_open_directory(struct hostio_object *o, const struct hostio_spec *spec,
                         struct error *err);

uint32_t files_kind(const struct stat *s);
void files_status(const struct stat *s, uint32_t kind, bool writable, struct host_request *request);
int64_t files_sync(struct hostio_object *o, struct hostio_call *call);

#endif
