/*
 * Reading a command line from the raw console, with editing at its end and a history.
 */
#pragma once

#include <stddef.h>

#define LINE_MAX 256

/* The line is without its end; false at the end of input (Ctrl-D on an empty line). */
int line_read(const char *prompt, char line[LINE_MAX]);

/* The lines read before, 1 being the oldest; NULL behind the last. */
const char *line_history(unsigned int number);
