/* Choosing the format (see view.h and export.h). */
#include "view/export.h"

#include <errno.h>

static int write_picture(struct picture *p, enum view_format format, enum view_topic topic,
                         uint32_t thread, struct text *t)
{
    bool done = true;

    switch (format) {
    case VIEW_JSON:
        done = export_json(p, t, topic, thread);
        break;
    case VIEW_DOT:
        export_dot(p, t, thread);
        break;
    default:
        done = export_capdl(p, t);
        break;
    }
    return done ? 0 : -ENOMEM;
}

int view_export(const struct view_subject *subject, enum view_format format, enum view_topic topic,
                const char *thread, const struct view_out *out, struct error *err)
{
    struct picture *p;
    struct text text;
    uint32_t index;
    int status;

    if (format == VIEW_TEXT)
        return view_print(subject, topic, thread, out, err);
    status = view_picture(subject, thread, &p, &index, err);
    if (status != 0)
        return status;
    text_begin(&text, out);
    status = write_picture(p, format, topic, index, &text);
    text_end(&text);
    picture_free(p);
    return status == 0 ? 0 : error_errno(err, ENOMEM, "can't write the machine's state");
}
