/*
 * Reading a JSON file that a person or a build named. cJSON's types stay inside src/loader.
 */
#ifndef SEL4UX_LOADER_JSON_H
#define SEL4UX_LOADER_JSON_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "base/error.h"

/*
 * The file's one top-level object in *object, which the caller deletes. Returns 0, or -errno with
 * the cause in *err, path first: -EINVAL when the text is not one JSON object.
 */
int json_read_file(const char *path, cJSON **object, struct error *err);

/* The same for `size` bytes of text; the messages name no path. */
int json_parse_object(const void *text, size_t size, cJSON **object, struct error *err);

/* "a string", "a number" ...: what `item` is, for messages. */
const char *json_kind(const cJSON *item);

#endif
