/* What a user may type behind --host, several in a row: each line of the input is one. */
#include <string.h>

#include "hostio/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hostio_grants grants;
    static char line[8192];
    struct error err;

    grants.count = 0;
    while (size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t length = end != NULL ? (size_t)(end - data) : size;
        unsigned before = grants.count;

        if (length < sizeof line) {
            memcpy(line, data, length);
            line[length] = '\0';
            err.message[0] = '\0';
            if (hostio_spec_add(&grants, line, &err) == 0) {
                const struct hostio_spec *spec = &grants.spec[before];

                if (grants.count != before + 1 || spec->kind == NULL || spec->name[0] == '\0' ||
                    memchr(spec->name, '\0', sizeof spec->name) == NULL ||
                    (spec->kind->target != NULL && spec->target[0] == '\0'))
                    __builtin_trap();
            } else if (grants.count != before || err.message[0] == '\0') {
                __builtin_trap();
            }
        }
        data += length;
        size -= length;
        if (size > 0) {
            data++;
            size--;
        }
    }
    return 0;
}
