/* Pictures for programs: one function for each format. `thread`: as in topics.h. */
#ifndef SEL4UX_VIEW_EXPORT_H
#define SEL4UX_VIEW_EXPORT_H

#include "view/text.h"

/* The sections of docs/inspect.schema.json that `topic` asks for. False: no memory. */
bool export_json(struct picture *p, struct text *t, enum view_topic topic, uint32_t thread);

/* A graph: threads, the CNodes of their CSpaces, and what these name but for plain memory. */
void export_dot(struct picture *p, struct text *t, uint32_t thread);

/* The capability distribution in the capDL language: objects, caps and irq maps. False: no memory.
 */
bool export_capdl(struct picture *p, struct text *t);

#endif
