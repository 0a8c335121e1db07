/* See http.h. */
#include "http.h"

/* -------------------------------------------------------------- requests */

size_t http_header_bytes(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] != '\n')
            continue;
        if (i + 1 < bytes && text[i + 1] == '\n')
            return i + 2;
        if (i + 2 < bytes && text[i + 1] == '\r' && text[i + 2] == '\n')
            return i + 3;
    }
    return 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether `text` begins with the word, in letters of any size; it has at least that many bytes. */
static bool begins(const char *text, size_t bytes, const char *word)
{
    size_t length = strlen(word);

    if (length > bytes)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (lower(text[i]) != word[i])
            return false;
    }
    return true;
}

static int digit(char c)
{
    c = lower(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The path up to a blank or '?'; false if it is too long or not a path. */
static bool take_path(char *path, const char *text, const char *end)
{
    size_t n = 0;

    if (text == end || *text != '/')
        return false;
    for (; text < end && *text != ' ' && *text != '?'; text++) {
        char c = *text;

        if (c == '%') {
            if (end - text < 3 || digit(text[1]) < 0 || digit(text[2]) < 0)
                return false;
            c = (char)(digit(text[1]) << 4 | digit(text[2]));
            text += 2;
        }
        if (c == 0 || n == SOS_PATH_MAX - 1)
            return false;
        path[n++] = c;
        if (n >= 3 && path[n - 1] == '.' && path[n - 2] == '.' && path[n - 3] == '/')
            return false;
    }
    path[n] = 0;
    return true;
}

/* The value of a header line that begins with `name`, in small letters; NULL: there is none. */
static const char *find_line(const char *header, const char *end, const char *name)
{
    for (const char *at = header; at < end; at++) {
        if (at[-1] == '\n' && begins(at, (size_t)(end - at), name)) {
            at += strlen(name);
            while (at < end && *at == ' ')
                at++;
            return at;
        }
    }
    return NULL;
}

static const char *end_of_line(const char *text, const char *end)
{
    while (text < end && *text != '\r' && *text != '\n')
        text++;
    return text;
}

void http_parse(struct http_request *request, const char *header, size_t bytes)
{
    const char *end = header + bytes, *line = end_of_line(header, end), *at = header, *connection;
    bool old = line - header >= 8 && begins(line - 8, 8, "http/1.0");

    *request = (struct http_request){.status = 400};
    request->head = begins(header, bytes, "head ");
    if (!request->head && !begins(header, bytes, "get ")) {
        request->status = 405;
        return;
    }
    while (*at != ' ')
        at++;
    if (!take_path(request->path, at + 1, line) ||
        (!old && (line - header < 8 || !begins(line - 8, 8, "http/1."))))
        return;
    connection = find_line(line, end, "connection:");
    request->keep = connection
                        ? begins(connection, (size_t)(end - connection), "keep-alive") ||
                              (!old && !begins(connection, (size_t)(end - connection), "close"))
                        : !old;
    /* What follows a header that has a body is not a request. */
    if (find_line(line, end, "content-length:") || find_line(line, end, "transfer-encoding:"))
        request->keep = false;
    request->status = 200;
}

/* -------------------------------------------------------------- answers */

const char *http_reason(unsigned int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    default:
        return "Bad Request";
    }
}

static const char *type_of(const char *path)
{
    static const char *const types[][2] = {
        {".html", "text/html"}, {".txt", "text/plain"},    {".css", "text/css"},
        {".png", "image/png"},  {".svg", "image/svg+xml"}, {"motd", "text/plain"},
    };
    size_t length = strlen(path);

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t end = strlen(types[i][0]);

        if (length >= end && strcmp(path + length - end, types[i][0]) == 0)
            return types[i][1];
    }
    return "application/octet-stream";
}

static size_t put(char *to, size_t at, const char *text)
{
    size_t length = strlen(text);

    memcpy(to + at, text, length);
    return at + length;
}

static size_t put_number(char *to, size_t at, unsigned long number)
{
    char digits[24];
    size_t n = sizeof(digits) - 1;

    digits[n] = 0;
    do {
        digits[--n] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return put(to, at, digits + n);
}

size_t http_answer(char *to, unsigned int status, const char *path, unsigned long length, bool keep)
{
    size_t at = put(to, 0, "HTTP/1.1 ");

    at = put_number(to, at, status);
    at = put(to, at, " ");
    at = put(to, at, http_reason(status));
    at = put(to, at, "\r\nServer: sos\r\nContent-Type: ");
    at = put(to, at, status == 200 ? type_of(path) : "text/plain");
    at = put(to, at, "\r\nContent-Length: ");
    at = put_number(to, at, length);
    at = put(to, at, keep ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
    return at;
}
