/*
 * What bench/net.py measures SOS's servers with and against: plain Linux programs.
 *
 *     net_linux http PORT FILE         serves FILE whatever is asked for; poll(), one process
 *     net_linux echo PORT              sends back what comes
 *     net_linux client PORT COUNT      COUNT echoes of 64 bytes, one after the other; prints the
 *                                      median and the 95th percentile of a round trip, in ns
 *
 * All on 127.0.0.1. The HTTP server does per request what SOS's does: looks at the request, opens,
 * reads and closes the file, sends one answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS 250
#define BYTES   64
#define CHUNK   131072

static struct pollfd polls[1 + CLIENTS];
static char requests[1 + CLIENTS][2048];
static size_t filled[1 + CLIENTS];
static nfds_t count = 1;
static const char *file;

static struct sockaddr_in address(const char *port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(port)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void send_all(int fd, const char *from, size_t bytes)
{
    while (bytes) {
        ssize_t n = send(fd, from, bytes, MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR)
            return;
        from += n > 0 ? n : 0;
        bytes -= n > 0 ? (size_t)n : 0;
    }
}

/* The header and the file's first piece go out together. */
static void answer(int fd)
{
    static char buffer[CHUNK];
    int from = open(file, O_RDONLY);
    struct stat status;
    size_t at;
    ssize_t n;

    if (from < 0 || fstat(from, &status) != 0)
        fail(file);
    at = (size_t)sprintf(buffer,
                         "HTTP/1.1 200 OK\r\nServer: linux\r\nContent-Type: text/plain\r\n"
                         "Content-Length: %ld\r\nConnection: keep-alive\r\n\r\n",
                         (long)status.st_size);
    while ((n = read(from, buffer + at, sizeof buffer - at)) > 0 || at > 0) {
        send_all(fd, buffer, at + (n > 0 ? (size_t)n : 0));
        at = 0;
    }
    close(from);
}

static void drop(nfds_t i)
{
    close(polls[i].fd);
    count--;
    polls[i] = polls[count];
    filled[i] = filled[count];
    memcpy(requests[i], requests[count], filled[i]);
}

static void serve_http(nfds_t i)
{
    char *request = requests[i];
    ssize_t n = read(polls[i].fd, request + filled[i], sizeof requests[i] - 1 - filled[i]);

    if (n <= 0) {
        drop(i);
        return;
    }
    filled[i] += (size_t)n;
    request[filled[i]] = '\0';
    if (strstr(request, "\r\n\r\n") == NULL)
        return;
    filled[i] = 0;
    answer(polls[i].fd);
}

static void serve_echo(nfds_t i)
{
    static char buffer[16384];
    ssize_t n = read(polls[i].fd, buffer, sizeof buffer);

    if (n <= 0)
        drop(i);
    else
        send_all(polls[i].fd, buffer, (size_t)n);
}

static void take_client(void)
{
    int fd = accept(polls[0].fd, NULL, NULL), yes = 1;

    if (fd < 0 || count > CLIENTS) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    filled[count] = 0;
    polls[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void serve(const char *port, void (*one)(nfds_t i))
{
    struct sockaddr_in own = address(port);
    int yes = 1;

    polls[0] = (struct pollfd){.fd = socket(AF_INET, SOCK_STREAM, 0), .events = POLLIN};
    setsockopt(polls[0].fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(polls[0].fd, (struct sockaddr *)&own, sizeof own) != 0 ||
        listen(polls[0].fd, 128) != 0)
        fail(port);
    for (;;) {
        poll(polls, count, -1);
        for (nfds_t i = count; i-- > 1;) {
            if (polls[i].revents)
                one(i);
        }
        if (polls[0].revents)
            take_client();
    }
}

static unsigned long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (unsigned long)time.tv_sec * 1000000000 + (unsigned long)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

    return x < y ? -1 : x > y;
}

static void measure(const char *port, size_t times)
{
    struct sockaddr_in to = address(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    unsigned long *took = calloc(times, sizeof *took);
    char data[BYTES] = "x";

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (took == NULL || times == 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail(port);
    for (size_t i = 0; i < times; i++) {
        unsigned long start = now();

        send_all(fd, data, sizeof data);
        if (recv(fd, data, sizeof data, MSG_WAITALL) != sizeof data)
            fail("recv");
        took[i] = now() - start;
    }
    qsort(took, times, sizeof *took, compare);
    printf("%lu %lu\n", took[times / 2], took[times * 95 / 100]);
    free(took);
    close(fd);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc == 4 && strcmp(argv[1], "http") == 0) {
        file = argv[3];
        serve(argv[2], serve_http);
    } else if (argc == 3 && strcmp(argv[1], "echo") == 0) {
        serve(argv[2], serve_echo);
    } else if (argc == 4 && strcmp(argv[1], "client") == 0) {
        measure(argv[2], (size_t)atol(argv[3]));
        return 0;
    }
    fprintf(stderr, "usage: net_linux http PORT FILE | echo PORT | client PORT COUNT\n");
    return 2;
}
