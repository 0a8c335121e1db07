/*
 * Fuzzes the request parser of SOS's HTTP server: the input is what a client sends.
 *
 * A header that was found stays found, at the same place, when more follows; a path that was taken
 * is absolute, ends, and has no "..".
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

static void check_request(const struct http_request *request)
{
    char answer[HTTP_ANSWER_MAX];

    check(memchr(request->path, 0, sizeof(request->path)) != NULL, "a path ends");
    if (request->status == 200) {
        check(request->path[0] == '/', "a path is absolute");
        check(strstr(request->path, "/..") == NULL, "a path leads down");
    } else {
        check(!request->keep, "what is not understood ends the connection");
    }
    check(http_answer(answer, request->status, request->path, ~0ul, request->keep) < sizeof(answer),
          "an answer fits");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size ? size : 1);
    struct http_request request;
    size_t bytes;

    if (text == NULL)
        return 0;
    if (size)
        memcpy(text, data, size);
    bytes = http_header_bytes(text, size);
    check(bytes <= size, "a header lies in what has come");
    if (bytes) {
        char *header = malloc(bytes); /* a sanitizer sees what is read behind it */

        check(http_header_bytes(text, bytes) == bytes, "it is whole without what follows");
        for (size_t i = 0; i < bytes; i++)
            check(i == bytes - 1 || http_header_bytes(text, i) == 0 ||
                      http_header_bytes(text, i) == bytes,
                  "it is found once");
        if (header) {
            memcpy(header, text, bytes);
            http_parse(&request, header, bytes);
            check_request(&request);
        }
        free(header);
    }
    free(text);
    return 0;
}
