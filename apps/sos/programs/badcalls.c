/*
 * badcalls: system calls with arguments that no program should pass. Each must return an error;
 * what must not happen is that the root task, or this program, ends.
 */
#include "sos.h"

static int failures;

static void expect(const char *what, long result, long error)
{
    if (result == -error)
        return;
    guest_printf("%s: %ld, not %ld\n", what, result, -error);
    failures++;
}

#define WORD(x) ((unsigned long)(x))

static void bad_addresses(void)
{
    static const unsigned long addresses[] = {
        0,
        1,
        0x1000,
        0x60000000,
        SOS_STACK_END,
        SOS_STACK_END - 1,
        0x7fffffffffff,
        0x800000000000,
        0xffff800000000000,
        ~0ul,
        ~0ul - 4095,
    };

    long folder = sos_open(".", SOS_O_READ | SOS_O_FOLDER);

    for (unsigned long i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        unsigned long a = addresses[i];

        /* The last byte of the stack is the program's, what is behind it is not. */
        if (a != SOS_STACK_END - 1)
            expect("open", sos_call(SOS_OPEN, a, 1, 0, 0), SOS_EFAULT);
        expect("stat", sos_call(SOS_STAT, WORD("ls"), a, 0, 0), SOS_EFAULT);
        expect("read", sos_call(SOS_READ, 0, a, 4096, 0), SOS_EFAULT);
        expect("write", sos_call(SOS_WRITE, 1, a, 4096, 0), SOS_EFAULT);
        expect("pipe", sos_call(SOS_PIPE, a, 0, 0, 0), SOS_EFAULT);
        expect("poll", sos_call(SOS_POLL, a, 1, 0, 0), SOS_EFAULT);
        expect("info", sos_call(SOS_INFO, a, 0, 0, 0), SOS_EFAULT);
        expect("status", sos_call(SOS_STATUS, 0, a, 0, 0), SOS_EFAULT);
        expect("list", sos_call(SOS_LIST, WORD(folder), a, 4096, 0), SOS_EFAULT);
        if (a != SOS_STACK_END - 1) {
            expect("mkdir", sos_call(SOS_MKDIR, a, 0, 0, 0), SOS_EFAULT);
            expect("rename", sos_call(SOS_RENAME, WORD("ls"), a, 0, 0), SOS_EFAULT);
        }
        expect("spawn", sos_call(SOS_SPAWN, WORD("ls"), a, 100, 0), SOS_EFAULT);
        if (a)
            expect("wait", sos_call(SOS_WAIT, 0, 0, a, 0), SOS_EFAULT);
    }
    sos_close(folder);
    expect("read to code", sos_call(SOS_READ, 0, WORD(sos_main), 1, 0), SOS_EFAULT);
    expect("stat to code", sos_call(SOS_STAT, WORD("ls"), WORD(sos_main), 0, 0), SOS_EFAULT);
    expect("read too far", sos_call(SOS_READ, 0, WORD(&failures), ~0ul, 0), SOS_EFAULT);
}

static char name[SOS_PATH_MAX + 1], long_name[SOS_NAME_MAX + 1];

static void bad_files(void)
{
    memset(name, 'x', sizeof(name) - 1);
    memset(long_name, 'x', sizeof(long_name) - 1);
    expect("file", sos_read(SOS_FDS, name, 1), SOS_EBADF);
    expect("file", sos_read(-1, name, 1), SOS_EBADF);
    expect("file", sos_close(SOS_FDS - 1), SOS_EBADF);
    expect("long path", sos_open(name, SOS_O_READ), SOS_EINVAL);
    expect("long name", sos_open(long_name, SOS_O_WRITE | SOS_O_CREATE), SOS_EINVAL);
    expect("a name with /", sos_open("/nowhere", SOS_O_WRITE | SOS_O_CREATE), SOS_EINVAL);
    expect("a folder", sos_open(".", SOS_O_READ), SOS_ENOENT);
    expect("no folder", sos_open("ls", SOS_O_FOLDER), SOS_ENOTDIR);
    expect("list a file", sos_call(SOS_LIST, SOS_STDIN, WORD(name), 256, 0), SOS_EBADF);
    expect("seek the console", sos_seek(SOS_STDIN, 0, SOS_FROM_START), SOS_EINVAL);
    expect("seek", sos_seek(SOS_FDS, 0, SOS_FROM_START), SOS_EBADF);
    expect("sync the console", sos_sync(SOS_STDIN), SOS_EBADF);
    expect("mkdir", sos_mkdir("x"), SOS_EACCES);
    expect("rename a program", sos_rename("ls", "new"), SOS_EACCES);
    expect("rename nothing", sos_rename("nothing", "new"), SOS_ENOENT);
    expect("no name", sos_open("", SOS_O_WRITE | SOS_O_CREATE), SOS_EINVAL);
    expect("no file", sos_open("nothing", SOS_O_READ), SOS_ENOENT);
    expect("a program", sos_open("ls", SOS_O_WRITE), SOS_EACCES);
    expect("a program", sos_remove("ls"), SOS_EACCES);
}

static void bad_sockets(void)
{
    expect("polls", sos_poll((void *)name, SOS_POLLS + 1, 0), SOS_EINVAL);
    expect("accept from the console", sos_accept(SOS_STDIN, 0, NULL), SOS_EBADF);
    expect("receive from the console", sos_receive(SOS_STDIN, name, 1, 0), SOS_EBADF);
    expect("send to nothing", sos_send(SOS_FDS, name, 1, 0), SOS_EBADF);
}

static void bad_numbers(void)
{
    expect("call 0", sos_call((enum sos_call)0, 0, 0, 0, 0), SOS_ENOSYS);
    expect("call 1000", sos_call((enum sos_call)1000, 0, 0, 0, 0), SOS_ENOSYS);
    expect("no arguments", sos_call(SOS_SPAWN, WORD("ls"), WORD(name), 0, 0), SOS_EINVAL);
    expect("arguments", sos_call(SOS_SPAWN, WORD("ls"), WORD(name), ~0ul, 0), SOS_EINVAL);
    expect("arguments", sos_call(SOS_SPAWN, WORD("ls"), WORD(name), 3, 0), SOS_EINVAL);
    expect("no program", sos_call(SOS_SPAWN, WORD("motd"), WORD(""), 1, 0), SOS_EEXEC);
    expect("kill nobody", sos_kill(0), SOS_ENOENT);
    expect("kill nobody", sos_kill(-1), SOS_ENOENT);
    expect("kill the shell", sos_kill(1), SOS_EPERM);
    expect("wait", sos_wait(0, 0, NULL), SOS_ECHILD);
    expect("wait for the shell", sos_wait(1, 0, NULL), SOS_ECHILD);
    expect("sbrk", sos_call(SOS_SBRK, ~0ul >> 1, 0, 0, 0), SOS_ENOMEM);
    expect("sbrk", sos_call(SOS_SBRK, WORD(-1l), 0, 0, 0), SOS_ENOMEM);
    expect("mmap", sos_call(SOS_MMAP_, 0, 0, 0, 0), SOS_EINVAL);
    expect("mmap", sos_call(SOS_MMAP_, ~0ul, 0, 0, 0), SOS_EINVAL);
    expect("munmap", sos_munmap(&failures), SOS_EINVAL);
    expect("frames", sos_call(SOS_LIMIT, 0, 0, 0, 0), SOS_EINVAL);
    expect("frames", sos_call(SOS_LIMIT, ~0ul, 0, 0, 0), SOS_EINVAL);
    expect("shutdown", sos_call(SOS_SHUTDOWN, 0, 0, 0, 0), SOS_EPERM);
}

/* What runs without an entry of its own may run for ever. */
static void end_soon(long pid)
{
    for (int i = 0; i < 10; i++) {
        if (sos_wait(pid, SOS_NOHANG, NULL) == pid)
            return;
        sos_sleep(2000000);
    }
    sos_kill(pid);
    sos_wait(pid, 0, NULL);
}

/* A program with one wrong byte in its headers, for every third byte of them. */
static void bad_programs(void)
{
    static char file[32768];
    char *arguments[] = {"bad", NULL};
    long in = sos_open("echo", SOS_O_READ), bytes = sos_read(in, file, sizeof(file));
    unsigned long refused = 0, started = 0;

    sos_close(in);
    for (unsigned long i = 0; i < 232; i += 3) {
        long out = sos_open("bad", SOS_O_WRITE | SOS_O_CREATE | SOS_O_TRUNCATE), pid;

        file[i] = (char)(file[i] ^ 0xff);
        sos_write(out, file, (unsigned long)bytes);
        sos_close(out);
        file[i] = (char)(file[i] ^ 0xff);
        pid = sos_spawn("bad", arguments, SOS_STDIN, SOS_STDOUT, SOS_JOB_INHERIT);
        if (pid > 0)
            end_soon(pid);
        started += pid > 0;
        refused += pid < 0;
    }
    sos_remove("bad");
    guest_printf("%lu bad programs were refused, %lu have ended\n", refused, started);
}

/* A message that nobody waits for an answer to, that is too long, or claims to be a fault. */
static void bad_messages(void)
{
    seL4_Word words[4] = {1, 2, 3, 4};
    seL4_MessageInfo_t messages[] = {
        seL4_MessageInfo_new(SOS_SLEEP, 0, 0, 4),    seL4_MessageInfo_new(SOS_READ, 0, 0, 0),
        seL4_MessageInfo_new(SOS_GETPID, 0, 3, 120), seL4_MessageInfo_new(~0ul, 7, 3, 127),
        seL4_MessageInfo_new(SOS_WAIT, 0, 0, 4),
    };

    for (unsigned long i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        seL4_SendWithMRs(SOS_ENDPOINT, messages[i], &words[0], &words[1], &words[2], &words[3]);
        if (sos_getpid() <= 1)
            failures++;
    }
    words[1] = WORD(&failures);
    seL4_CallWithMRs(SOS_FAULT_ENDPOINT, seL4_MessageInfo_new(seL4_Fault_VMFault, 0, 0, 4),
                     &words[0], &words[1], &words[2], &words[3]);
}

int sos_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    bad_addresses();
    bad_files();
    bad_sockets();
    bad_numbers();
    bad_messages();
    bad_programs();
    guest_printf(failures ? "badcalls: %d wrong\n" : "badcalls: all refused\n", failures);
    return failures != 0;
}
