/*
 * "Did you mean": the most similar of some names, for messages about one that does not exist.
 */
#ifndef SEL4UX_BASE_NEAREST_H
#define SEL4UX_BASE_NEAREST_H

#include <stddef.h>

/*
 * Index of the name that takes the fewest edits to become `word` (case ignored), or `count` when
 * none is similar enough to be worth suggesting. Names and words beyond 63 bytes never match.
 */
size_t nearest_name(const char *word, const char *const *names, size_t count);

#endif
