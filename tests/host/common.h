/* What the guests of this folder share: a page that requests read and write, and words. */
#pragma once

#include <guest.h>

#include <sel4ux/host.h>

extern char *page;         /* 4 KiB, also mapped here */
extern seL4_CPtr page_cap; /* its frame */

/* Makes the page. */
void host_begin(void);

/* The capability of a grant; ends the guest where there is none. */
seL4_CPtr host_granted(seL4_Word kind, const char *name);

/* `text` in the page, as a path. */
struct sel4ux_host_buffer text_at(const char *text);

/* `length` bytes of the page. */
struct sel4ux_host_buffer bytes(seL4_Word length);

/* A new slot. */
struct sel4ux_host_slot new_slot(seL4_CPtr *cap);

/* "ok 5", "not found", "seL4_RangeError (...)". */
const char *result_text(long result);

/* Prints "WHAT: RESULT" and returns the result. */
long show(const char *what, long result);

/* Opens and reports; the capability, which is 0 if it could not. */
seL4_CPtr open_shown(seL4_CPtr directory, const char *path, seL4_Word flags);
