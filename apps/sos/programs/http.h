/*
 * The text of HTTP/1.1: a request's first lines, and the answer's. Pure; httpd.c has the sockets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "abi.h"

struct http_request {
    char path[SOS_PATH_MAX]; /* decoded, begins with '/'; no ".." is in it */
    bool head;               /* only the answer's header is wanted */
    bool keep;               /* the connection goes on */
    unsigned int status;     /* 200, or what is wrong with it */
};

/* Bytes of the request's header, up to its empty line; 0: that has not come yet. */
size_t http_header_bytes(const char *text, size_t bytes);

void http_parse(struct http_request *request, const char *header, size_t bytes);

/* Writes an answer's header; its bytes. There is room for HTTP_ANSWER_MAX. */
#define HTTP_ANSWER_MAX 256
size_t http_answer(char *to, unsigned int status, const char *path, unsigned long length,
                   bool keep);

/* A page that says what is wrong. */
const char *http_reason(unsigned int status);
