/* System calls of programs, see sos.h. */
#include "sos.h"

long sos_call(enum sos_call number, unsigned long a, unsigned long b, unsigned long c,
              unsigned long d)
{
    seL4_CallWithMRs(SOS_ENDPOINT, seL4_MessageInfo_new(number, 0, 0, 4), &a, &b, &c, &d);
    return (long)a;
}

#define WORD(x) ((unsigned long)(x))

void sos_exit(int status)
{
    sos_flush();
    for (;;)
        sos_call(SOS_EXIT, WORD(status), 0, 0, 0);
}

long sos_spawn(const char *path, char *const *argv, long in, long out, long job)
{
    char text[SOS_ARGS_MAX];
    size_t bytes = 0;

    for (int i = 0; argv[i]; i++) {
        size_t length = strlen(argv[i]) + 1;

        if (length > sizeof(text) - bytes)
            return -SOS_EINVAL;
        memcpy(text + bytes, argv[i], length);
        bytes += length;
    }
    return sos_call(SOS_SPAWN, WORD(path), WORD(text), bytes, SOS_SPAWN_WORD(in, out, job));
}

long sos_wait(long pid, int flags, int *status)
{
    return sos_call(SOS_WAIT, WORD(pid), WORD(flags), WORD(status), 0);
}

long sos_kill(long pid)
{
    return sos_call(SOS_KILL, WORD(pid), 0, 0, 0);
}

long sos_getpid(void)
{
    return sos_call(SOS_GETPID, 0, 0, 0, 0);
}

long sos_status(unsigned long index, struct sos_process *process)
{
    return sos_call(SOS_STATUS, index, WORD(process), 0, 0);
}

long sos_open(const char *path, unsigned long flags)
{
    return sos_call(SOS_OPEN, WORD(path), flags, 0, 0);
}

long sos_read(long fd, void *to, unsigned long bytes)
{
    return sos_call(SOS_READ, WORD(fd), WORD(to), bytes, 0);
}

long sos_write(long fd, const void *from, unsigned long bytes)
{
    unsigned long done = 0;

    while (done < bytes) {
        long n = sos_call(SOS_WRITE, WORD(fd), WORD(from) + done, bytes - done, 0);

        if (n < 0)
            return n;
        done += WORD(n);
    }
    return (long)done;
}

long sos_close(long fd)
{
    return sos_call(SOS_CLOSE, WORD(fd), 0, 0, 0);
}

long sos_stat(const char *path, struct sos_file *file)
{
    return sos_call(SOS_STAT, WORD(path), WORD(file), 0, 0);
}

long sos_list(long folder, struct sos_entry *entries, unsigned long bytes)
{
    return sos_call(SOS_LIST, WORD(folder), WORD(entries), bytes, 0);
}

long sos_mkdir(const char *path)
{
    return sos_call(SOS_MKDIR, WORD(path), 0, 0, 0);
}

long sos_rename(const char *from, const char *to)
{
    return sos_call(SOS_RENAME, WORD(from), WORD(to), 0, 0);
}

long sos_seek(long fd, long distance, unsigned long from)
{
    return sos_call(SOS_SEEK, WORD(fd), WORD(distance), from, 0);
}

long sos_sync(long fd)
{
    return sos_call(SOS_SYNC, WORD(fd), 0, 0, 0);
}

long sos_remove(const char *path)
{
    return sos_call(SOS_REMOVE, WORD(path), 0, 0, 0);
}

long sos_pipe(int fds[2])
{
    return sos_call(SOS_PIPE, WORD(fds), 0, 0, 0);
}

static void *address_or_null(long result)
{
    return result < 0 ? NULL : (void *)result;
}

void *sos_sbrk(long bytes)
{
    return address_or_null(sos_call(SOS_SBRK, WORD(bytes), 0, 0, 0));
}

void *sos_mmap(unsigned long bytes)
{
    return address_or_null(sos_call(SOS_MMAP_, bytes, 0, 0, 0));
}

long sos_munmap(void *address)
{
    return sos_call(SOS_MUNMAP, WORD(address), 0, 0, 0);
}

long sos_sleep(unsigned long ns)
{
    return sos_call(SOS_SLEEP, ns, 0, 0, 0);
}

unsigned long sos_time(void)
{
    return WORD(sos_call(SOS_TIME, 0, 0, 0, 0));
}

long sos_date(void)
{
    return sos_call(SOS_DATE, 0, 0, 0, 0);
}

long sos_info(struct sos_info *info)
{
    return sos_call(SOS_INFO, WORD(info), 0, 0, 0);
}

long sos_listen(unsigned long port)
{
    return sos_call(SOS_LISTEN, port, 0, 0, 0);
}

long sos_accept(long listener, int flags, struct sos_peer *from)
{
    return sos_call(SOS_ACCEPT, WORD(listener), WORD(flags), WORD(from), 0);
}

long sos_connect(unsigned long address, unsigned long port)
{
    return sos_call(SOS_CONNECT, address, port, 0, 0);
}

long sos_datagram(unsigned long port)
{
    return sos_call(SOS_DATAGRAM, port, 0, 0, 0);
}

long sos_send(long fd, const void *from, unsigned long bytes, int flags)
{
    return sos_call(SOS_SEND, WORD(fd), WORD(from), bytes, WORD(flags));
}

long sos_receive(long fd, void *to, unsigned long bytes, int flags)
{
    return sos_call(SOS_RECEIVE, WORD(fd), WORD(to), bytes, WORD(flags));
}

long sos_send_to(long fd, const void *from, unsigned long bytes, struct sos_peer to)
{
    return sos_call(SOS_SEND_TO, WORD(fd), WORD(from), bytes, SOS_TO(to.address, to.port));
}

long sos_receive_from(long fd, void *to, unsigned long bytes, struct sos_peer *from)
{
    return sos_call(SOS_RECEIVE_FROM, WORD(fd), WORD(to), bytes, WORD(from));
}

long sos_end_output(long fd)
{
    return sos_call(SOS_END_OUTPUT, WORD(fd), 0, 0, 0);
}

long sos_poll(struct sos_poll *polls, unsigned long count, unsigned long ns)
{
    return sos_call(SOS_POLL, WORD(polls), count, ns, 0);
}
