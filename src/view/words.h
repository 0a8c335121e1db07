/* A state's parts in words: names of objects, capabilities, what threads do, faults, failures. */
#ifndef SEL4UX_VIEW_WORDS_H
#define SEL4UX_VIEW_WORDS_H

#include "view/picture.h"

#define NAME_SIZE  (LABEL_SIZE + 16)
#define WORDS_SIZE 400

/* A name that is one thing's alone: that of a thread, or "ep_1f2040". Returns `name`. */
const char *name_of(const struct picture *p, uint32_t thing, char name[NAME_SIZE]);
/* The same of an object that may not be known: by its type and address. */
const char *name_at(const struct picture *p, unsigned type, uint64_t at, char name[NAME_SIZE]);

/* Whether a thread of this name could be taken for something else that has a name from here. */
bool name_is_reserved(const char *name);

/* "endpoint", "frame": what kind of thing. */
const char *kind_of(const struct thing *thing);

/* "send+receive+grant" or "rw"; empty for capabilities without rights. */
const char *rights_of(const struct kernel *k, struct cap cap, char words[WORDS_SIZE]);
/* All that a capability says besides what it names: rights, badge, guard, mapping. */
const char *details_of(const struct picture *p, struct cap cap, char words[WORDS_SIZE]);
/* The capability's badge; 0. */
word badge_of(struct cap cap);

/* "running", "blocked on receive": one of a fixed set, for programs. */
const char *state_of(const struct picture *p, const struct thread *t);
/* What it does or waits for: "waits to send to ep_1f2040 (badge 7)". */
const char *activity_of(const struct picture *p, const struct thread *t, char words[WORDS_SIZE]);

/* "write to 0x10 (code 6)" */
const char *fault_words(const struct fault *fault, char words[WORDS_SIZE]);
const char *lookup_words(const struct lookup_fault *fault, char words[WORDS_SIZE]);

/* What last went wrong for the thread, in one line; "" when nothing did. */
const char *failure_words(const struct picture *p, uint32_t thread, char words[WORDS_SIZE]);

/* "4K", "3G": a power of two. */
const char *size_words(unsigned bits, char words[WORDS_SIZE]);

/* Appends to `words`, as much as there is room for. */
void words_add(char words[WORDS_SIZE], const char *format, ...) ERROR_PRINTF(2, 3);

#endif
