/* Topics by name, and views as text (see view.h). */
#include "view/view.h"

#include <errno.h>
#include <string.h>

#include "view/topics.h"

const char *const view_topics[] = {"threads", "caps",     "who",  "untyped", "mappings",
                                   "irqs",    "schedule", "time", "all",     NULL};
const char *const view_formats[] = {"text", "json", "dot", "capdl", NULL};

static bool find(const char *const *names, const char *name, unsigned *index)
{
    for (*index = 0; names[*index] != NULL; ++*index) {
        if (strcmp(names[*index], name) == 0)
            return true;
    }
    return false;
}

bool view_topic_find(const char *name, enum view_topic *topic)
{
    unsigned index;

    if (!find(view_topics, name, &index))
        return false;
    *topic = (enum view_topic)index;
    return true;
}

bool view_format_find(const char *name, enum view_format *format)
{
    unsigned index;

    if (!find(view_formats, name, &index))
        return false;
    *format = (enum view_format)index;
    return true;
}

static void print_topic(struct picture *p, struct text *t, enum view_topic topic, uint32_t thread)
{
    switch (topic) {
    case VIEW_THREADS:
        topic_threads(p, t, thread);
        break;
    case VIEW_CAPS:
        topic_caps(p, t, thread);
        break;
    case VIEW_WHO:
        topic_who(p, t, thread);
        break;
    case VIEW_UNTYPED:
        topic_untyped(p, t);
        break;
    case VIEW_MAPPINGS:
        topic_mappings(p, t, thread);
        break;
    case VIEW_IRQS:
        topic_irqs(p, t);
        break;
    case VIEW_SCHEDULE:
        topic_schedule(p, t);
        break;
    case VIEW_TIME:
    default:
        topic_time(p, t);
        break;
    }
}

int view_picture(const struct view_subject *subject, const char *thread, struct picture **picture,
                 uint32_t *index, struct error *err)
{
    struct picture *p = picture_take(subject);

    if (p == NULL)
        return error_errno(err, ENOMEM, "can't take a picture of the machine's state");
    *picture = p;
    *index = NONE;
    if (thread == NULL)
        return 0;
    *index = picture_thread_named(p, thread);
    if (*index != NONE)
        return 0;
    picture_free(p);
    error_set(err, "no thread is called '%.100s'; the topic threads lists their names", thread);
    return -ENOENT;
}

int view_print(const struct view_subject *subject, enum view_topic topic, const char *thread,
               const struct view_out *out, struct error *err)
{
    struct picture *p;
    struct text text;
    uint32_t index;
    int status = view_picture(subject, thread, &p, &index, err);

    if (status != 0)
        return status;
    text_begin(&text, out);
    for (unsigned i = 0; i < VIEW_ALL; i++) {
        if (topic == VIEW_ALL && i > 0)
            text_put(&text, "\n");
        if (topic == VIEW_ALL || topic == i)
            print_topic(p, &text, (enum view_topic)i, index);
    }
    if (p->is_cut)
        text_line(&text, "(not everything is shown: the state is damaged, or very large)");
    text_end(&text);
    picture_free(p);
    return 0;
}
