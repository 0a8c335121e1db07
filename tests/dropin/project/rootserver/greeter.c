/*
 * Prints what it was configured as and what the kernel says about that, then stops.
 *
 * One line each, "name value": the test compares them. Output goes to the kernel's console, or to
 * the first serial port where the kernel prints nothing.
 */
#include <autoconf.h>
#include <greeter/gen_config.h>
#include <sel4/sel4.h>

#define SERIAL_STATUS (CONFIG_GREETER_PORT + 5)
#define SERIAL_READY  0x20

#ifndef CONFIG_PRINTING
static seL4_CPtr serial;
#endif

/* Thread-local storage lies below the address that FS holds; all of it starts as zeroes. */
static struct {
    char variables[256];
    void *self;
} tls __attribute__((aligned(64)));

static void use_tls(void)
{
    tls.self = &tls.self;
#ifdef CONFIG_SET_TLS_BASE_SELF
    seL4_SetTLSBase((seL4_Word)&tls.self);
#else
    __asm__ volatile("wrfsbase %0" : : "r"(&tls.self));
#endif
}

static void put(char c)
{
#ifdef CONFIG_PRINTING
    seL4_DebugPutChar(c);
#else
    while (!(seL4_X86_IOPort_In8(serial, SERIAL_STATUS).result & SERIAL_READY)) {
    }
    seL4_X86_IOPort_Out8(serial, CONFIG_GREETER_PORT, (seL4_Uint8)c);
#endif
}

static void put_text(const char *text)
{
    while (*text)
        put(*text++);
}

static void put_number(seL4_Word number)
{
    if (number > 9)
        put_number(number / 10);
    put((char)('0' + number % 10));
}

static void line(const char *name, seL4_Word value)
{
    put_text(name);
    put(' ');
    put_number(value);
    put('\n');
}

static void open_console(const seL4_BootInfo *info)
{
#ifdef CONFIG_PRINTING
    (void)info;
#else
    serial = info->empty.start;
    seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, CONFIG_GREETER_PORT,
                                 CONFIG_GREETER_PORT + 7, seL4_CapInitThreadCNode, serial,
                                 seL4_WordBits);
#endif
}

static void report_configuration(void)
{
#ifdef CONFIG_KERNEL_MCS
    line("mcs", 1);
#else
    line("ticks", CONFIG_TIMER_TICK_MS);
#endif
#ifdef CONFIG_HARDWARE_DEBUG_API
    line("breakpoints", seL4_TCB_GetBreakpoint(seL4_CapInitThreadTCB, seL4_FirstBreakpoint).error);
#endif
#ifdef CONFIG_DEBUG_BUILD
    line("tcb", seL4_DebugCapIdentify(seL4_CapInitThreadTCB) != 0);
#endif
    line("fpu", CONFIG_XSAVE_SIZE);
}

void greeter_main(seL4_BootInfo *info)
{
    use_tls();
    seL4_SetIPCBuffer(info->ipcBuffer);
    open_console(info);
    for (int i = 0; i < CONFIG_GREETER_TIMES; i++) {
#ifdef CONFIG_GREETER_GOODBYE
        put_text("goodbye ");
#else
        put_text("hello ");
#endif
        put_text(CONFIG_GREETER_NAME "\n");
    }
    report_configuration();
    line("slots", 1ul << info->initThreadCNodeSizeBits);
    line("domains", CONFIG_NUM_DOMAINS);
    line("priority", seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, 200));
    line("range", seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, 256));
    seL4_TCB_Suspend(seL4_CapInitThreadTCB);
}
