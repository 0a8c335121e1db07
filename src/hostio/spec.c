/* Reading `--host` (see spec.h). */
#include "hostio/spec.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

#define MAX_KINDS 32

/* The kind that `text` begins with. */
static const struct hostio_kind *find_kind(const char *text, struct error *err)
{
    const char *names[MAX_KINDS];
    size_t length = strcspn(text, "=,"), count = 0, nearest;
    char kind[32];

    snprintf(kind, sizeof kind, "%.*s", (int)length, text);
    for (; count < MAX_KINDS && hostio_kinds[count] != NULL; count++) {
        names[count] = hostio_kinds[count]->option;
        if (strlen(names[count]) == length && memcmp(names[count], text, length) == 0)
            return hostio_kinds[count];
    }
    nearest = nearest_name(kind, names, count);
    if (nearest < count)
        error_set(err, "--host %.60s: there is no '%s'; did you mean %s?", text, kind,
                  names[nearest]);
    else
        error_set(err,
                  "--host %.60s: must begin with what is allowed, such as dir=FOLDER; 'sel4ux "
                  "help host' lists what there is",
                  text);
    return NULL;
}

/* Where the options begin: ",key=" ...; the end if there are none. Paths may have commas. */
static const char *find_options(const char *text)
{
    for (; *text != '\0'; text++) {
        const char *at = text + 1;

        if (*text != ',')
            continue;
        while (islower((unsigned char)*at) || *at == '-')
            at++;
        if (*at == '=' && at != text + 1)
            break;
    }
    return text;
}

static int take_name(struct hostio_spec *spec, const char *value, struct error *err)
{
    if (value[0] == '\0' || strlen(value) >= sizeof spec->name) {
        error_set(err, "name=%.60s: a name has 1 to %d bytes", value, SEL4UX_HOST_NAME_SIZE - 1);
        return -EINVAL;
    }
    snprintf(spec->name, sizeof spec->name, "%s", value);
    return 0;
}

static int take_option(struct hostio_spec *spec, const char *key, const char *value,
                       struct error *err)
{
    if (strcmp(key, "name") == 0)
        return take_name(spec, value, err);
    if (spec->kind->take != NULL)
        return spec->kind->take(spec, key, value, err);
    error_set(err, "%s= is no option of %s; it has name=", key, spec->kind->option);
    return -EINVAL;
}

static int take_options(struct hostio_spec *spec, const char *text, struct error *err)
{
    while (*text == ',') {
        const char *end = find_options(text + 1);
        char key[32], value[HOSTIO_TARGET_SIZE];
        size_t length = strcspn(text + 1, "=");
        const char *from = text + 1 + length + 1;

        if (length >= sizeof key || (size_t)(end - from) >= sizeof value) {
            error_set(err, "%.60s: is too long", text + 1);
            return -EINVAL;
        }
        snprintf(key, sizeof key, "%.*s", (int)length, text + 1);
        snprintf(value, sizeof value, "%.*s", (int)(end - from), from);
        if (take_option(spec, key, value, err) != 0)
            return -EINVAL;
        text = end;
    }
    return 0;
}

/* Takes :ro or :rw off the target. */
static void take_access(struct hostio_spec *spec)
{
    size_t length = strlen(spec->target);
    char *end = spec->target + (length < 3 ? 0 : length - 3);

    if (strcmp(end, ":ro") != 0 && strcmp(end, ":rw") != 0)
        return;
    spec->writable = end[2] == 'w';
    *end = '\0';
}

static int take_target(struct hostio_spec *spec, const char *text, const char *end,
                       struct error *err)
{
    const struct hostio_kind *kind = spec->kind;
    size_t length;

    if (kind->target == NULL) {
        if (text == end)
            return 0;
        error_set(err, "nothing stands behind %s but options, such as ,name=NAME", kind->option);
        return -EINVAL;
    }
    length = text < end ? (size_t)(end - text - 1) : 0;
    if (length >= sizeof spec->target) {
        error_set(err, "is too long");
        return -EINVAL;
    }
    if (length > 0)
        memcpy(spec->target, text + 1, length);
    if (kind->access == HOSTIO_AS_ASKED)
        take_access(spec);
    if (spec->target[0] == '\0') {
        error_set(err, "needs %s=%s", kind->option, kind->target);
        return -EINVAL;
    }
    return kind->parse != NULL ? kind->parse(spec, err) : 0;
}

static int give_default_name(struct hostio_spec *spec, struct error *err)
{
    const char *name = spec->kind->target != NULL ? spec->target : spec->kind->option;

    if (spec->name[0] != '\0')
        return 0;
    if (strlen(name) < sizeof spec->name)
        return take_name(spec, name, err);
    error_set(err, "needs a shorter name for the guest to find it by: add ,name=NAME");
    return -EINVAL;
}

static int check_others(const struct hostio_grants *grants, const struct hostio_spec *spec,
                        struct error *err)
{
    if (grants->count == HOST_GRANTS) {
        error_set(err, "there are %d already, which is as many as there can be", HOST_GRANTS);
        return -EINVAL;
    }
    for (unsigned i = 0; i < grants->count; i++) {
        const struct hostio_spec *other = &grants->spec[i];

        if (other->kind->kind != spec->kind->kind)
            continue;
        if (spec->kind->only_once) {
            error_set(err, "there is one already, and only one");
            return -EINVAL;
        }
        if (strcmp(other->name, spec->name) == 0) {
            error_set(err, "there is one called '%s' already: add ,name=NAME", spec->name);
            return -EINVAL;
        }
    }
    return 0;
}

static int parse(struct hostio_grants *grants, const char *text, struct hostio_spec *spec,
                 struct error *err)
{
    const char *rest = text + strlen(spec->kind->option), *options = find_options(rest);

    spec->writable = spec->kind->access == HOSTIO_WRITES;
    if (take_target(spec, rest, options, err) != 0 || take_options(spec, options, err) != 0 ||
        give_default_name(spec, err) != 0 || check_others(grants, spec, err) != 0)
        return -EINVAL;
    return 0;
}

int hostio_spec_add(struct hostio_grants *grants, const char *text, struct error *err)
{
    struct hostio_spec spec = {.kind = find_kind(text, err)};

    if (spec.kind == NULL)
        return -EINVAL;
    if (parse(grants, text, &spec, err) != 0) {
        error_wrap(err, "--host %.60s", text);
        return -EINVAL;
    }
    grants->spec[grants->count++] = spec;
    return 0;
}
