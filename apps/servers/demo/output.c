/* Where the root task prints: through a session of its own with the console server. */
#include "demo.h"
#include "runtime.h"

#define POWER_PORT 0x604  /* ACPI power management control of QEMU's PC */
#define POWER_OFF  0x2000 /* sleep state 5, now */

static struct client console;

/* Before there is a server only a debug kernel prints. */
static void early(char c)
{
#ifdef CONFIG_PRINTING
    seL4_DebugPutChar(c);
#else
    (void)c;
#endif
}

static void put(char c)
{
    static char line[256];
    static size_t length;

    line[length++] = c;
    if (c != '\n' && length < sizeof(line))
        return;
    console_write(&console, line, length);
    length = 0;
}

void (*guest_putchar)(char c) = early;

void console_init(void)
{
}

void output_init(void)
{
    long error = manager_connect_self(&demo_services[STANDARD_CONSOLE], seL4_PageBits, 0,
                                      &console.endpoint, &console.buffer);

    if (error)
        guest_die("no session with the console: %s", server_error_text(error));
    console.bytes = PAGE_SIZE;
    guest_putchar = put;
}

void output_end(void)
{
    seL4_CPtr port = ports_alloc(POWER_PORT, POWER_PORT + 1);

    must("power off", seL4_X86_IOPort_Out16(port, POWER_PORT, POWER_OFF));
    guest_die("the machine does not turn itself off");
}
