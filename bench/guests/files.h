/*
 * A workload like a parallel build: processes that stat, open, read, write and rename many small
 * files of one file server. The files are in the server's memory, so it is IPC and copying alone.
 */
#pragma once

#include "lib/client.h"
#include "file/file.h"

#define FILES_PROCESSES 4
#define FILES_UNITS     8     /* that each process compiles in a round */
#define FILES_HEADERS   12    /* that each unit looks for; every second one is there, and read */
#define FILES_SOURCE    12288 /* bytes */
#define FILES_HEADER    6000
#define FILES_OBJECT    9000

#define FILES_READY 0x60 /* to the root task: a round is done; the answer begins the next */
