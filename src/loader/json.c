/*
 * cJSON says where it gave up as a pointer; people want a line.
 */
#include "loader/json.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "loader/file.h"

#define JSON_LIMIT (4u << 20)

static unsigned int line_of(const char *text, const char *at)
{
    unsigned int line = 1;

    while (text < at) {
        line += *text++ == '\n';
    }
    return line;
}

int json_parse_object(const void *text, size_t size, cJSON **object, struct error *err)
{
    const char *start = text, *end = NULL;
    cJSON *json;

    *object = NULL;
    if (size == 0) {
        error_set(err, "is empty; build the system again, or give another file with --config");
        return -EINVAL;
    }
    json = cJSON_ParseWithLengthOpts(start, size, &end, 0);
    if (!json) {
        if (!end || end < start || end > start + size) {
            end = start;
        }
        error_set(err, "line %u: is not valid JSON; build the system again", line_of(start, end));
        return -EINVAL;
    }
    while (end < start + size && (*end == ' ' || *end == '\t' || *end == '\r' || *end == '\n')) {
        end++;
    }
    if (end < start + size || !cJSON_IsObject(json)) {
        error_set(err, "line %u: is not one JSON object; build the system again",
                  line_of(start, end));
        cJSON_Delete(json);
        return -EINVAL;
    }
    *object = json;
    return 0;
}

int json_read_file(const char *path, cJSON **object, struct error *err)
{
    uint8_t *text = NULL;
    size_t size = 0;
    int r;

    *object = NULL;
    r = file_read(path, JSON_LIMIT, &text, &size, err);
    if (!r) {
        r = json_parse_object(text, size, object, err);
        free(text);
    }
    if (r) {
        error_wrap(err, "%s", path);
    }
    return r;
}

const char *json_kind(const cJSON *item)
{
    if (cJSON_IsBool(item)) {
        return cJSON_IsTrue(item) ? "true" : "false";
    }
    if (cJSON_IsString(item)) {
        return "a string";
    }
    if (cJSON_IsNumber(item)) {
        return "a number";
    }
    if (cJSON_IsNull(item)) {
        return "null";
    }
    return cJSON_IsArray(item) ? "an array" : "an object";
}
