/*
 * The debug and benchmark system calls, and diagnostics for people. What a guest can see (numbers,
 * register values, the machine halting) is as on the real kernel; the words are our own and go to
 * platform_log, one line at a time.
 */
#include "kernel/debug.h"
#include "kernel/cspace.h"
#include "kernel/ipc.h"
#include "kernel/platform.h"
#include "kernel/record.h"
#include "kernel/utilisation.h"

#include <stdarg.h>
#include <string.h>

#define LINE_SIZE 160

/* ------------------------------------------------------------------ formatting */

struct line {
    char text[LINE_SIZE];
    unsigned length;
};

static void put_char(struct line *line, char c)
{
    if (line->length < LINE_SIZE - 1) {
        line->text[line->length++] = c;
    }
}

static void put_text(struct line *line, const char *text, unsigned width)
{
    unsigned n = 0;
    for (; text[n]; n++) {
        put_char(line, text[n]);
    }
    for (; n < width; n++) {
        put_char(line, ' ');
    }
}

static void put_number(struct line *line, uint64_t value, unsigned base)
{
    char digits[24];
    unsigned n = sizeof digits;
    digits[--n] = 0;
    do {
        digits[--n] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (base == 16) {
        put_text(line, "0x", 0);
    }
    put_text(line, &digits[n], 0);
}

static void put_signed(struct line *line, int64_t value)
{
    if (value < 0) {
        put_char(line, '-');
    }
    put_number(line, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

/* One conversion after its '%'; returns what follows it. */
static const char *put_conversion(struct line *line, const char *p, va_list *args)
{
    unsigned width = 0;
    bool is_long = false;

    if (*p == '-') {
        p++;
    }
    for (; *p >= '0' && *p <= '9'; p++) {
        width = width * 10 + (unsigned)(*p - '0');
    }
    if (*p == 'l') {
        is_long = true;
        p++;
    }
    switch (*p) {
    case 's':
        put_text(line, va_arg(*args, const char *), width);
        break;
    case 'd':
        put_signed(line, is_long ? va_arg(*args, long) : va_arg(*args, int));
        break;
    case 'u':
        put_number(line, is_long ? va_arg(*args, unsigned long) : va_arg(*args, unsigned), 10);
        break;
    case 'x':
        put_number(line, is_long ? va_arg(*args, unsigned long) : va_arg(*args, unsigned), 16);
        break;
    case 0:
        return p;
    default:
        put_char(line, *p);
        break;
    }
    return p + 1;
}

void debug_log(struct kernel *k, const char *format, ...)
{
    struct line line = {.length = 0};
    va_list args;
    va_start(args, format);
    while (*format) {
        if (*format == '%') {
            format = put_conversion(&line, format + 1, &args);
        } else {
            put_char(&line, *format++);
        }
    }
    va_end(args);
    line.text[line.length] = 0;
    platform_log(k, line.text);
}

/* ------------------------------------------------------------------ threads and faults */

static const char *state_name(const struct tcb *t)
{
    switch ((enum thread_state)t->state) {
    case THREAD_INACTIVE:
        return "inactive";
    case THREAD_RUNNING:
        return "running";
    case THREAD_RESTART:
        return "restarting";
    case THREAD_BLOCKED_ON_RECEIVE:
        return "receiving";
    case THREAD_BLOCKED_ON_SEND:
        return "sending";
    case THREAD_BLOCKED_ON_REPLY:
        return "awaiting reply";
    case THREAD_BLOCKED_ON_NOTIFICATION:
        return "waiting";
    }
    return "?";
}

void debug_dump_threads(struct kernel *k)
{
    debug_log(k, "%-40s %-16s %-5s %-7s %s", "thread", "state", "prio", "domain", "ip");
    for (paddr tcb = k->all_threads; tcb; tcb = kernel_tcb(k, tcb)->all_next) {
        const struct tcb *t = kernel_tcb(k, tcb);
        struct line prio = {.length = 0}, domain = {.length = 0};
        put_number(&prio, t->priority, 10);
        put_number(&domain, t->domain, 10);
        debug_log(k, "%-40s %-16s %-5s %-7s %lx", t->name, state_name(t), prio.text, domain.text,
                  t->regs.fault_ip);
    }
}

static void report_cause(struct kernel *k, const struct tcb *t)
{
    const struct fault *f = &k->fault;
    switch ((enum fault_kind)f->kind) {
    case FAULT_CAP:
        debug_log(k, "thread \"%s\" stopped: no usable capability at %lx for %s, at ip %lx",
                  t->name, f->address, f->in_receive ? "receiving" : "sending", t->regs.fault_ip);
        break;
    case FAULT_UNKNOWN_SYSCALL:
        debug_log(k, "thread \"%s\" stopped: unknown system call %ld at ip %lx", t->name,
                  (long)f->number, t->regs.fault_ip);
        break;
    case FAULT_USER_EXCEPTION:
        debug_log(k, "thread \"%s\" stopped: processor exception %lu (code %lx) at ip %lx", t->name,
                  f->number, f->code, t->regs.fault_ip);
        break;
    case FAULT_VM:
        debug_log(k, "thread \"%s\" stopped: %s address %lx faulted (code %lx) at ip %lx", t->name,
                  f->instruction ? "execution at"
                  : f->code & 2  ? "write to"
                                 : "read of",
                  f->address, f->code, t->regs.fault_ip);
        break;
    case FAULT_DEBUG_EXCEPTION:
        debug_log(k, "thread \"%s\" stopped: debug exception, reason %lu, at ip %lx", t->name,
                  f->number, t->regs.fault_ip);
        break;
    case FAULT_TIMEOUT:
    case FAULT_NONE:
        debug_log(k, "thread \"%s\" stopped at ip %lx", t->name, t->regs.fault_ip);
        break;
    }
}

static bool read_user_word(const struct kernel *k, paddr pml4, word address, word *value)
{
    struct translation map;
    if (!pml4 || !kernel_translate(k, pml4, address, &map)) {
        return false;
    }
    paddr at = map.frame + (address - map.start);
    if (at >= k->ram_size || k->ram_size - at < sizeof *value) {
        return false; /* a device's */
    }
    memcpy(value, kernel_at(k, at), sizeof *value);
    return true;
}

static void report_stack(struct kernel *k, paddr tcb)
{
    word sp = kernel_tcb(k, tcb)->regs.rsp & ~(word)7;
    paddr pml4 = kernel_vspace(k, tcb);
    for (unsigned i = 0; i < k->config.stack_trace_length; i += 2) {
        word at = sp + i * sizeof(word);
        word value[2];
        if (!read_user_word(k, pml4, at, &value[0])) {
            debug_log(k, "  stack %lx: not mapped", at);
            return;
        }
        if (read_user_word(k, pml4, at + sizeof(word), &value[1])) {
            debug_log(k, "  stack %lx: %lx %lx", at, value[0], value[1]);
        } else {
            debug_log(k, "  stack %lx: %lx", at, value[0]);
        }
    }
}

void debug_report_fault(struct kernel *k, paddr tcb)
{
    const struct tcb *t = kernel_tcb(k, tcb);
    report_cause(k, t);
    if (t->fault_handler) { /* with MCS always 0: a handler that is set can be called */
        debug_log(k, "  its fault handler, capability %lx, is no endpoint that it may call",
                  t->fault_handler);
    } else {
        debug_log(k, "  it has no fault handler");
    }
    report_stack(k, tcb);
}

/* ------------------------------------------------------------------ system calls */

/* The real kernel's tags, which CapIdentify shows to guests. */
static const uint8_t cap_tags[] = {[CAP_NULL] = 0,
                                   [CAP_UNTYPED] = 2,
                                   [CAP_ENDPOINT] = 4,
                                   [CAP_NOTIFICATION] = 6,
                                   [CAP_REPLY] = 8,
                                   [CAP_CNODE] = 10,
                                   [CAP_THREAD] = 12,
                                   [CAP_IRQ_CONTROL] = 14,
                                   [CAP_IRQ_HANDLER] = 16,
                                   [CAP_ZOMBIE] = 18,
                                   [CAP_DOMAIN] = 20,
                                   [CAP_SCHED_CONTEXT] = 22,
                                   [CAP_SCHED_CONTROL] = 24,
                                   [CAP_FRAME] = 1,
                                   [CAP_PAGE_TABLE] = 3,
                                   [CAP_PAGE_DIRECTORY] = 5,
                                   [CAP_PDPT] = 7,
                                   [CAP_PML4] = 9,
                                   [CAP_ASID_CONTROL] = 11,
                                   [CAP_ASID_POOL] = 13,
                                   [CAP_IO_SPACE] = 15,
                                   [CAP_IO_PORT] = 19,
                                   [CAP_IO_PORT_CONTROL] = 31,
                                   [CAP_HOST] = 30}; /* which is no type there */

/* The capability that the current thread names in rdi; CAP_NULL when there is none. */
static struct cap named_cap(struct kernel *k)
{
    struct cap cap = CAP_NONE;
    paddr slot;
    if (!cspace_lookup_cap(k, k->current, kernel_current(k)->regs.rdi, &cap, &slot)) {
        return CAP_NONE;
    }
    return cap;
}

static void cap_identify(struct kernel *k)
{
    unsigned type = named_cap(k).type;
    kernel_current(k)->regs.rdi = type < sizeof cap_tags ? cap_tags[type] : 0;
}

static void halt(struct kernel *k, const char *why)
{
    debug_log(k, "the system halts: %s (thread \"%s\")", why, kernel_current(k)->name);
    k->halted = true;
}

/* The name is a string in the IPC buffer's message words. Misuse halts the real kernel, too. */
static void name_thread(struct kernel *k)
{
    struct cap cap = named_cap(k);
    paddr buffer = thread_ipc_buffer(k, k->current, true);
    if (cap.type != CAP_THREAD) {
        halt(k, "DebugNameThread of what is no TCB");
        return;
    }
    if (!buffer) {
        halt(k, "DebugNameThread without an IPC buffer");
        return;
    }
    const char *name = (const char *)&ipc_buffer_words(k, buffer)[IPC_BUF_MSG];
    const unsigned max = MSG_MAX_LENGTH * sizeof(word);
    unsigned n = 0;
    while (n < max && name[n]) {
        n++;
    }
    if (n == max) {
        halt(k, "DebugNameThread with an endless name");
        return;
    }
    struct tcb *t = kernel_tcb(k, cap.obj);
    if (n >= THREAD_NAME_SIZE) {
        n = THREAD_NAME_SIZE - 1;
    }
    memcpy(t->name, name, n);
    t->name[n] = 0;
    if (record_wanted(k)) {
        record_name(k, cap.obj);
    }
}

static void get_affinity(struct kernel *k)
{
    struct cap cap = named_cap(k);

    if (cap.type != CAP_THREAD)
        halt(k, "DebugGetThreadAffinity of what is no TCB");
    else
        kernel_current(k)->regs.rdi = thread_core(k, kernel_tcb(k, cap.obj));
}

/* A kernel with a log buffer can't be built for x86_64. */
static bool benchmark_syscall(struct kernel *k, enum abi_syscall call)
{
    switch (call) {
    case SYS_BENCHMARK_FLUSH_CACHES:
    case SYS_BENCHMARK_NULL_SYSCALL:
        return true;
    case SYS_BENCHMARK_RESET_LOG:
        utilisation_start(k);
        kernel_current(k)->regs.rdi = seL4_NoError;
        return true;
    case SYS_BENCHMARK_FINALIZE_LOG:
        utilisation_finish(k);
        return true;
    default:
        return utilisation_syscall(k, call);
    }
}

bool debug_syscall(struct kernel *k, enum abi_syscall call)
{
    struct tcb *t = kernel_current(k);
    switch (call) {
    case SYS_DEBUG_PUT_CHAR:
        platform_console(k, (char)t->regs.rdi);
        return true;
    case SYS_DEBUG_DUMP_SCHEDULER:
    case SYS_DEBUG_SNAPSHOT:
        debug_dump_threads(k);
        return true;
    case SYS_DEBUG_HALT:
        halt(k, "DebugHalt");
        return true;
    case SYS_DEBUG_CAP_IDENTIFY:
        cap_identify(k);
        return true;
    case SYS_DEBUG_NAME_THREAD:
        name_thread(k);
        return true;
    case SYS_DEBUG_GET_THREAD_AFFINITY:
        get_affinity(k);
        return true;
    case SYS_DEBUG_SEND_IPI:
        halt(k, "DebugSendIPI, which this architecture has not");
        return true;
    case SYS_DEBUG_RUN:
        debug_log(k, "DebugRun of %lx left out: there is no kernel mode to run it in", t->regs.rdi);
        return true;
    case SYS_X86_DANGEROUS_WRMSR:
        return true;
    case SYS_X86_DANGEROUS_RDMSR:
        ipc_set_mr(k, k->current, 0, 0, 0);
        ipc_set_info(t, (struct message_info){.length = 1});
        return true;
    default:
        return benchmark_syscall(k, call);
    }
}
