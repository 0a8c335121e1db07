/* Texts of errors, see client.h. */
#include "client.h"

const char *server_error_text(long error)
{
    static const char *const texts[SERVER_ERROR_COUNT] = {
        [SERVER_AGAIN] = "not now",
        [SERVER_NOT_FOUND] = "not found",
        [SERVER_EXISTS] = "exists",
        [SERVER_NOT_PERMITTED] = "not permitted",
        [SERVER_NOT_DIRECTORY] = "not a directory",
        [SERVER_IS_DIRECTORY] = "is a directory",
        [SERVER_NOT_EMPTY] = "not empty",
        [SERVER_BAD_PATH] = "bad path",
        [SERVER_BAD_ARGUMENT] = "bad argument",
        [SERVER_NO_SPACE] = "no space",
        [SERVER_TOO_LARGE] = "too large",
        [SERVER_TOO_MANY] = "too many",
        [SERVER_NOT_SUPPORTED] = "not supported",
        [SERVER_BUSY] = "busy",
        [SERVER_IO] = "i/o error",
        [SERVER_INTERRUPTED] = "interrupted",
        [SERVER_BAD_OPERATION] = "bad operation",
    };
    unsigned long index = (unsigned long)-error;

    return index < SERVER_ERROR_COUNT && texts[index] ? texts[index] : "unknown error";
}
