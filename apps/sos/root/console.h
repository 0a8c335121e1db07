/*
 * The console: the host's terminal or the first serial port, driven by its interrupt, and what a
 * terminal does with it.
 *
 * Input waits as it came until a process reads: only then is it edited and echoed (cooked), or
 * handed on (raw). Ctrl-C is the exception: in cooked mode it kills the foreground job when it
 * arrives. Only the foreground job reads; others wait until they are it.
 */
#pragma once

#include "guest.h"

void console_start(seL4_CPtr notification);
void console_interrupt(void);

/* Bytes, 0 at the end of input, or -1: there are none now. */
long console_read(char *to, size_t bytes);

/* Whether console_read() would give something, or the end. */
bool console_has_input(void);

/* Takes what fits; the number of bytes. */
size_t console_write(const char *from, size_t bytes);

/* Waits until everything is out. */
void console_flush(void);

void console_set_mode(bool raw);
void console_set_foreground(int job);
int console_foreground(void);
