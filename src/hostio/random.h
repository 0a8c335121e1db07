#ifndef SEL4UX_HOSTIO_RANDOM_H
#define SEL4UX_HOSTIO_RANDOM_H

#include "hostio/hostio.h"

int random_open(struct hostio_object *o, const struct hostio_spec *spec, struct error *err);

#endif
