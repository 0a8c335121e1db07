/* A summary as one HTML page that needs nothing else: texts in page/, data embedded. */
#ifndef SEL4UX_TRACE_PAGE_H
#define SEL4UX_TRACE_PAGE_H

#include <stdio.h>

#include "trace/summary.h"

/* `title`: the trace's name, for people. Returns 0 or -errno with *err set; flushes the stream. */
int page_write(const struct summary *s, const char *title, FILE *out, struct error *err);

#endif
