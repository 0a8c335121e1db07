/*
 * The topics as text, one function each. `thread` is an index: only what concerns that thread;
 * NONE: everything.
 */
#ifndef SEL4UX_VIEW_TOPICS_H
#define SEL4UX_VIEW_TOPICS_H

#include "view/text.h"

void topic_threads(struct picture *p, struct text *t, uint32_t thread);
void topic_caps(struct picture *p, struct text *t, uint32_t thread);
void topic_who(struct picture *p, struct text *t, uint32_t thread);
void topic_untyped(struct picture *p, struct text *t);
void topic_mappings(struct picture *p, struct text *t, uint32_t thread);
void topic_irqs(struct picture *p, struct text *t);
void topic_schedule(struct picture *p, struct text *t);
void topic_time(const struct picture *p, struct text *t);

/* "a, b and 3 more (1 has ended)", or "nobody"; for text_partners() of short.c, too. */
struct partners;
const char *partner_words(const struct picture *p, const struct partners *partners,
                          char words[WORDS_SIZE]);

#endif
