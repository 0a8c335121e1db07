/* Sockets for debuggers (see listen.h). */
#include "gdb/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 8
#define FLAGS   (SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)

static int fail(int fd, struct error *err, const char *address)
{
    int saved = errno;

    if (fd >= 0)
        close(fd);
    return error_errno(err, saved, "--gdb %.100s", address);
}

static int listen_at_path(const char *path, char words[LISTEN_TEXT], struct error *err)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof name.sun_path) {
        error_set(err, "--gdb %.100s: the path is too long for a socket", path);
        return -EINVAL;
    }
    strcpy(name.sun_path, path);
    fd = socket(AF_UNIX, FLAGS, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0 || listen(fd, BACKLOG) != 0)
        return fail(fd, err, path);
    snprintf(words, LISTEN_TEXT, "%.*s", LISTEN_TEXT - 1, path);
    return fd;
}

static void describe(int fd, char words[LISTEN_TEXT])
{
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    char host[64] = "?", port[16] = "?";

    if (getsockname(fd, (struct sockaddr *)&name, &size) == 0)
        getnameinfo((struct sockaddr *)&name, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(words, LISTEN_TEXT, strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host, port);
}

static int listen_at(const struct addrinfo *found, const char *address, struct error *err)
{
    int fd = socket(found->ai_family, FLAGS, 0), on = 1;

    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)
        return fail(fd, err, address);
    return fd;
}

int gdb_listen(const char *address, char words[LISTEN_TEXT], struct error *err)
{
    struct addrinfo want = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    const char *colon = strrchr(address, ':'), *port = colon != NULL ? colon + 1 : address;
    char host[64] = "127.0.0.1";
    struct addrinfo *found;
    int status;

    if (strchr(address, '/') != NULL)
        return listen_at_path(address, words, err);
    if (colon != NULL && colon != address)
        snprintf(host, sizeof host, "%.*s", (int)(colon - address), address);
    if (host[0] == '[' && host[strlen(host) - 1] == ']') {
        host[strlen(host) - 1] = '\0';
        memmove(host, host + 1, strlen(host));
    }
    if (*port == '\0' || port[strspn(port, "0123456789")] != '\0' || strlen(port) > 5) {
        error_set(err, "--gdb %.100s: must be PORT, HOST:PORT or the path of a socket", address);
        return -EINVAL;
    }
    status = getaddrinfo(host, port, &want, &found);
    if (status != 0) {
        error_set(err, "--gdb %.100s: %s", address, gai_strerror(status));
        return -EINVAL;
    }
    status = listen_at(found, address, err);
    freeaddrinfo(found);
    if (status >= 0)
        describe(status, words);
    return status;
}

int gdb_accept(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), on = 1;

    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}
