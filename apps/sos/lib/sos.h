/*
 * libsos: what programs of SOS are written with.
 *
 * Numbers below 0 are errors, -SOS_ENOENT for instance. A program defines sos_main(); what it
 * returns is its exit status. guest_printf() writes to standard output, a line at a time.
 */
#pragma once

#include "abi.h"
#include "guest.h"

enum { SOS_STDIN, SOS_STDOUT };

int sos_main(int argc, char **argv);

/* Any system call; the functions below are these with types. */
long sos_call(enum sos_call number, unsigned long a, unsigned long b, unsigned long c,
              unsigned long d);

/* -------------------------------------------------------------- processes */

__attribute__((noreturn)) void sos_exit(int status);

/* Starts a program; `argv` ends with NULL. `job`: SOS_JOB_INHERIT, 0 for a new one, or a job. */
long sos_spawn(const char *path, char *const *argv, long in, long out, long job);

/* Waits for a child, any if pid is 0. With SOS_NOHANG, 0 when none has ended. */
long sos_wait(long pid, int flags, int *status);
long sos_kill(long pid);
long sos_getpid(void);
long sos_status(unsigned long index, struct sos_process *process);

/* -------------------------------------------------------------- files */

long sos_open(const char *path, unsigned long flags);
long sos_read(long fd, void *to, unsigned long bytes);
long sos_write(long fd, const void *from, unsigned long bytes); /* all, unless there is an error */
long sos_close(long fd);
long sos_stat(const char *path, struct sos_file *file);
long sos_remove(const char *path);
long sos_mkdir(const char *path);
long sos_rename(const char *from, const char *to);
long sos_seek(long fd, long distance, unsigned long from);
long sos_sync(long fd);

/* The next entries of a folder that was opened with SOS_O_FOLDER: their bytes, 0 at the end. */
long sos_list(long folder, struct sos_entry *entries, unsigned long bytes);

/* Calls `each` for every entry of a folder, its name with a zero behind it; 0 or an error. */
long sos_each(const char *folder, void (*each)(const struct sos_entry *entry, const char *name));
long sos_pipe(int fds[2]);

/* -------------------------------------------------------------- the network */

/* Sockets are files: read, write and close work on them, and wait. */
long sos_listen(unsigned long port);
long sos_accept(long listener, int flags, struct sos_peer *from); /* from: NULL if not wanted */
long sos_connect(unsigned long address, unsigned long port);
long sos_datagram(unsigned long port); /* UDP; or SOS_ECHO */
long sos_send(long fd, const void *from, unsigned long bytes, int flags);
long sos_receive(long fd, void *to, unsigned long bytes, int flags);
long sos_send_to(long fd, const void *from, unsigned long bytes, struct sos_peer to);
long sos_receive_from(long fd, void *to, unsigned long bytes, struct sos_peer *from);
long sos_end_output(long fd);
long sos_poll(struct sos_poll *polls, unsigned long count, unsigned long ns);

/* "10.0.2.2"; false if it is none. */
bool sos_address(const char *text, unsigned long *address);
void sos_print_address(unsigned long address);

/* -------------------------------------------------------------- memory and time */

void *sos_sbrk(long bytes); /* NULL: no */
void *sos_mmap(unsigned long bytes);
long sos_munmap(void *address);
long sos_sleep(unsigned long ns);
unsigned long sos_time(void); /* ns since boot */
long sos_date(void);          /* ns since 1970, or an error */

/* -------------------------------------------------------------- odds and ends */

long sos_info(struct sos_info *info);
const char *sos_error(long error);

/* Writes out what guest_printf() has kept. */
void sos_flush(void);

/* Prints "WHAT: ERROR" and returns 1, for sos_main() to return. */
int sos_fail(const char *what, long error);

/* A decimal number; false if the text is none. */
bool sos_number(const char *text, unsigned long *number);

/* Prints text, and blanks behind it up to a width. */
void sos_column(const char *text, size_t width);
