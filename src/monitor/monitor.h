/*
 * The monitor: boots an image into a machine, starts an engine on it, and looks after both until
 * the end: terminal, time-out, Ctrl-C, deaths of processes, and the closing report.
 */
#ifndef SEL4UX_MONITOR_MONITOR_H
#define SEL4UX_MONITOR_MONITOR_H

#include "abi/abi.h"
#include "base/error.h"
#include "hostio/spec.h"
#include "loader/elf.h"

struct run_options {
    const char *image_path;
    struct kernel_config config;
    struct abi abi;
    uint64_t memory;      /* bytes of guest RAM */
    const char *engine;   /* name; NULL: the default */
    double timeout_s;     /* 0: none */
    const char *exit_on;  /* stop when a line of serial output contains it; NULL: never */
    bool quiet;           /* no report on stderr */
    bool virtual_time;    /* see docs/time.md */
    uint64_t seed;        /* of virtual time; 0: charges are exact */
    const char *log;      /* file for the event log; NULL: none */
    const char *trace;    /* file for the trace; NULL: none */
    const char *save;     /* file for the state at the end; NULL: none */
    const char *gdb;      /* where to wait for a debugger, see gdb/listen.h; NULL: nowhere */
    int gdb_listener;     /* the same as a listening socket; -1: none */
    const char **symbols; /* folders with ELF files for debuggers */
    size_t symbol_count;
    const struct hostio_grants *grants; /* what of the host the guest may have; NULL: nothing */
};

/* Runs to the end, and anew as often as a debugger wants. Returns the process's exit code (0 ...
 * 255), or -errno with *err set. */
int machine_run(const struct run_options *options, const struct image *image, struct error *err);

#endif
