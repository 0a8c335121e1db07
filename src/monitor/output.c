/* Serial output to stdout (see output.h). */
#include "monitor/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * O_NONBLOCK belongs to the open file, which stdout shares with others (the user's shell), so
 * terminals and pipes are opened once more. Files never block; elsewhere poll() must do.
 */
static int reopen(int fd)
{
    struct stat status;
    char path[64];

    if (fstat(fd, &status) != 0 || !(S_ISFIFO(status.st_mode) || isatty(fd)))
        return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* Knuth, Morris, Pratt: bytes come one by one and are looked at once. */
static int prepare_text(struct output *output, const char *text)
{
    size_t length = strlen(text), n = 0;

    output->fallback = calloc(length + 1, sizeof output->fallback[0]);
    if (output->fallback == NULL)
        return -ENOMEM;
    for (size_t i = 1; i < length; i++) {
        while (n > 0 && text[i] != text[n])
            n = output->fallback[n];
        if (text[i] == text[n])
            n++;
        output->fallback[i + 1] = n;
    }
    output->text = text;
    return 0;
}

int output_open(struct output *output, int fd, const char *exit_on)
{
    int own = reopen(fd);

    *output = (struct output){.fd = own >= 0 ? own : fd, .own_fd = own >= 0, .last = UINT64_MAX};
    return exit_on != NULL && *exit_on != '\0' ? prepare_text(output, exit_on) : 0;
}

void output_close(struct output *output)
{
    if (output->own_fd)
        close(output->fd);
    free(output->fallback);
    output->own_fd = false;
    output->fallback = NULL;
}

static void match_byte(struct output *output, char c)
{
    size_t n = output->matched;

    if (c == '\n') {
        output->matched = 0;
        return;
    }
    while (n > 0 && output->text[n] != c)
        n = output->fallback[n];
    if (output->text[n] == c)
        n++;
    output->matched = n;
    if (output->text[n] == '\0')
        output->match = MATCH_FOUND;
}

/* Looks at the bytes just taken over; those behind the line that ends the run are dropped. */
static void match(struct output *output)
{
    if (output->text == NULL)
        return;
    if (output->match == MATCH_DONE)
        output->end = output->start;
    for (size_t n = output->start; n < output->end; n++) {
        if (output->match == MATCH_SEEKING) {
            match_byte(output, output->chunk[n]);
        } else if (output->chunk[n] == '\n') {
            output->match = MATCH_DONE;
            output->last = output->taken - (output->end - (n + 1));
            output->end = n + 1;
        }
    }
}

bool output_write(struct output *output)
{
    while (output->start < output->end) {
        struct pollfd room = {.fd = output->fd, .events = POLLOUT};

        if (output->closed) {
            output->start = output->end;
            break;
        }
        if (!output->own_fd && poll(&room, 1, 0) == 0) {
            output->blocked = true;
            return false;
        }
        ssize_t n = write(output->fd, output->chunk + output->start, output->end - output->start);
        if (n > 0) {
            output->start += (size_t)n;
            output->in_line = output->chunk[output->start - 1] != '\n';
        } else if (n < 0 && errno == EAGAIN) {
            output->blocked = true;
            return false;
        } else if (n == 0 || errno != EINTR) {
            output->closed = true;
        }
    }
    output->blocked = false;
    return true;
}

bool output_take(struct output *output, struct console *console)
{
    uint32_t count;

    if (output->start < output->end)
        return true;
    count = console_read(console, output->chunk, OUTPUT_CHUNK);
    output->start = 0;
    output->end = count;
    output->taken += count;
    match(output);
    return count != 0;
}
