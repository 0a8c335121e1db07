/*
 * The system calls: what the root task does for a process that has called it.
 */
#pragma once

#include "process.h"

#define CALL_WAITS ((long)1 << 62)       /* call.waiting says for what */
#define CALL_GONE  (((long)1 << 62) + 1) /* who called is no more */

/* Carries out the call in p->call, or goes on with it: its result, or one of the above. */
long call_run(struct task *p);

/* calls_file.c */
long call_open(struct task *p, const seL4_Word *argument);
long call_read(struct task *p, const seL4_Word *argument);
long call_write(struct task *p, const seL4_Word *argument);
long call_close(struct task *p, const seL4_Word *argument);
long call_stat(struct task *p, const seL4_Word *argument);
long call_list(struct task *p, const seL4_Word *argument);
long call_remove(struct task *p, const seL4_Word *argument);
long call_mkdir(struct task *p, const seL4_Word *argument);
long call_rename(struct task *p, const seL4_Word *argument);
long call_seek(struct task *p, const seL4_Word *argument);
long call_sync(struct task *p, const seL4_Word *argument);
long call_pipe(struct task *p, const seL4_Word *argument);

/* calls_net.c */
long call_listen(struct task *p, const seL4_Word *argument);
long call_accept(struct task *p, const seL4_Word *argument);
long call_connect(struct task *p, const seL4_Word *argument);
long call_datagram(struct task *p, const seL4_Word *argument);
long call_send(struct task *p, const seL4_Word *argument);
long call_receive(struct task *p, const seL4_Word *argument);
long call_send_to(struct task *p, const seL4_Word *argument);
long call_receive_from(struct task *p, const seL4_Word *argument);
long call_end_output(struct task *p, const seL4_Word *argument);
long call_poll(struct task *p, const seL4_Word *argument);

/* The file under a new number; it is released when there is none. */
long call_new_fd(struct task *p, struct open_file *file);

/* Whether all the addresses are the process's to write to. */
bool call_is_writable(struct task *p, seL4_Word start, seL4_Word bytes);

/* Marks the call as waiting. */
long call_wait(struct task *p, enum wait what);

/* The open file of a number, or NULL. */
struct open_file *call_file(struct task *p, seL4_Word fd);

/* Turns the machine off. */
__attribute__((noreturn)) void shut_down(void);
