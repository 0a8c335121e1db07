/*
 * The help texts and the version. They teach: what to type first, what comes out, what it means.
 */
#include <string.h>

#include "cli/cli.h"
#include "engine/engine.h"
#include "hostio/spec.h"
#include "loader/options.h"

/* The build says which; a build by hand is a development version. */
#ifndef SEL4UX_VERSION
#define SEL4UX_VERSION "development"
#endif

static const char general_help[] =
    "sel4ux runs seL4 systems as ordinary Linux processes: no emulator, native speed.\n"
    "\n"
    "usage:\n"
    "  sel4ux run IMAGE [options]     boot a root task and run the system to its end\n"
    "  sel4ux gdb IMAGE [options]     run it under GDB: processes, threads, symbols\n"
    "  sel4ux info IMAGE [options]    show what run would boot, and why\n"
    "  sel4ux inspect                 list the machines that run\n"
    "  sel4ux inspect PID|FILE [...]  show a machine's threads, capabilities, memory ...\n"
    "  sel4ux report TRACE [options]  make a page of what 'run --trace TRACE' has recorded\n"
    "  sel4ux help host               what of this host a system can be given\n"
    "  sel4ux help [COMMAND]          the same as sel4ux COMMAND --help\n"
    "  sel4ux --version\n"
    "\n"
    "IMAGE is the root task's ELF file as seL4's build leaves it, for x86_64 (pc99):\n"
    "  sel4ux run build/images/hello-world-image-x86_64-pc99\n"
    "\n"
    "The system's serial output is the standard output, and the standard input is its serial\n"
    "input. What sel4ux itself says goes to the standard error.\n"
    "\n";

static const char exit_help[] =
    "exit codes:\n"
    "  0    the system ended by itself (nothing left to run, or seL4_DebugHalt), or a line\n"
    "       with the text of --exit-on came\n"
    "  1    sel4ux or its host failed\n"
    "  2    wrong usage, or an image or a configuration that cannot be used\n"
    "  124  --timeout passed\n"
    "  128 + N  ended by signal N, such as 130 by Ctrl-C\n"
    "A system that ends itself through QEMU's exit port chooses its own code.\n";

static const char image_help[] =
    "  -m, --mem SIZE       memory of the machine, with K, M or G (default 3G); sparse: what the\n"
    "                       system does not touch costs nothing\n"
    "  -c, --config FILE    the kernel's gen_config.json, or the build folder that has it\n"
    "  -s, --set KEY=VALUE  change one option of the kernel; may be repeated\n"
    "  -h, --help           this text\n"
    "\n";

static const char config_help[] =
    "which kernel:\n"
    "  A system is built for one configuration of seL4. sel4ux takes it from, first match wins,\n"
    "    FILE of --config FILE\n"
    "    the program itself, if sel4ux-cc has built it\n"
    "    kernel/gen_config/kernel/gen_config.json, gen_config/kernel/gen_config.json,\n"
    "      gen_config.json or include/kernel/gen_config.json in the folder of IMAGE or up to "
    "three\n"
    "      folders above it: an image inside its build tree needs no option\n"
    "    the default: x86_64, debug, printing, without MCS, one domain, 2^13 root CNode slots\n"
    "  and then changes what --set says. Invocation labels come from invocations_all.json of\n"
    "  that build (beside the file, or in kernel/generated/), else they are computed.\n"
    "  'sel4ux info IMAGE' shows the result and why each value was chosen.\n"
    "\n"
    "options for --set (a leading CONFIG_ or KERNEL_ may be left out):\n";

static const char run_help[] =
    "sel4ux run IMAGE [options]: boot a root task and run the system to its end\n"
    "\n"
    "examples:\n"
    "  sel4ux run build/images/sel4test-driver-image-x86_64-pc99\n"
    "  sel4ux run app.elf --timeout 10 --exit-on 'All is well'     in a test\n"
    "  sel4ux run app.elf --set ROOT_CNODE_SIZE_BITS=17 --mem 512M\n"
    "  sel4ux run app.elf --save end.state; sel4ux inspect end.state all\n"
    "  echo help | sel4ux run shell.elf --quiet > log.txt          serial in and out\n"
    "  sel4ux run app.elf --time virtual --log a.log               the same every time\n"
    "\n"
    "options:\n"
    "  -t, --timeout SECS   stop after that many seconds, such as 10 or 0.5 (exit code 124)\n"
    "      --exit-on TEXT   stop when a line of serial output contains TEXT (exit code 0)\n"
    "  -q, --quiet          no report at the end, nor who waits for whom when it ends stuck\n"
    "      --time real      the system's clock is the host's (default)\n"
    "      --time virtual   its clock stands still while it runs: every kernel entry costs a "
    "fixed\n"
    "                       time, and when nothing can run the clock jumps to the next timer. Two\n"
    "                       runs give the same output, however busy the host (docs/time.md)\n"
    "      --seed N         with virtual time: another interleaving that seL4 permits, the same\n"
    "                       for each N; 0, the default, is the plain one\n"
    "      --host WHAT      give the system a part of this host: its root task finds capabilities "
    "to\n"
    "                       it in the boot info, and nobody else can touch the host; may be\n"
    "                       repeated ('sel4ux help host', docs/linux-io.md)\n"
    "  -l, --log FILE       write a line for each kernel entry: when, who, what, who runs next\n"
    "      --save FILE      write the machine's state at its end, for 'sel4ux inspect FILE'\n"
    "      --trace FILE     record what happens, for 'sel4ux report FILE' and ui.perfetto.dev:\n"
    "                       kernel entries, messages, signals, faults, interrupts, mappings\n"
    "                       (docs/tracing.md)\n"
    "  -e, --engine NAME    how guest code runs:\n";

static const char keys_help[] =
    "keys, at the terminal:\n"
    "  Ctrl-C   ends the run\n"
    "  Ctrl-Z   stops it, until 'fg'\n"
    "  Ctrl-\\   prints who waits for whom, and the system goes on; twice within a second ends it\n"
    "\n";

static const char inspect_help[] =
    "sel4ux inspect [PID|FILE [TOPIC]] [options]: show the state of a machine\n"
    "\n"
    "examples:\n"
    "  sel4ux inspect                         the machines of yours that run, with their "
    "processes\n"
    "  sel4ux inspect 4711                    the threads of one: what each does or waits for\n"
    "  sel4ux inspect 4711 caps --thread ping the CSpace of the thread called ping\n"
    "  sel4ux inspect 4711 --format dot | dot -Tsvg > system.svg\n"
    "  sel4ux run app.elf --save end.state; sel4ux inspect end.state all\n"
    "\n"
    "PID is the process of 'sel4ux run': its machine stands still for a moment. FILE is what\n"
    "'sel4ux run --save FILE' has written at the machine's end.\n"
    "\n"
    "topics:\n"
    "  threads    what each thread does, whom it waits for, what last went wrong (default)\n"
    "  caps       the CSpaces as trees: which capability is at which address\n"
    "  who        for each object: which threads can reach it, with which rights and badges\n"
    "  untyped    untyped memory as a tree: size, how much is used, what it was made into\n"
    "  mappings   what each VSpace maps: addresses, rights, page sizes, frames\n"
    "  irqs       interrupts in use: their handlers and notifications\n"
    "  schedule   who runs, who is ready; domains; budgets\n"
    "  time       the machine's clock\n"
    "  all        all of these\n"
    "\n"
    "options:\n"
    "  -t, --thread NAME    only what concerns this thread: a name that the topic threads shows, "
    "or\n"
    "                       the address of its TCB as 0x...\n"
    "  -f, --format text    for people (default); in colour on a terminal, unless NO_COLOR is set\n"
    "  -f, --format json    for programs; docs/inspect.schema.json describes it\n"
    "  -f, --format dot     a graph for Graphviz: threads, CNodes, and what they name\n"
    "  -f, --format capdl   the capability distribution in the capDL language\n"
    "  -h, --help           this text\n"
    "\n"
    "Names: threads have those that seL4_DebugNameThread gave them, with the address of the TCB\n"
    "behind an @ where two have the same; other objects are called by kind and address: "
    "ep_1f2040.\n"
    "\n"
    "exit codes: 0; 1 when the machine can't be looked at; 2 for wrong usage, a file that is no\n"
    "state of a machine, or a thread that there is not.\n";
static const char debugger_help[] =
    "  -g, --gdb [HOST:]PORT  wait for a debugger there before the first instruction: GDB, lldb, "
    "or\n"
    "                       any that speaks GDB's remote protocol (docs/debugging.md); without "
    "HOST\n"
    "                       only from this host; port 0: any; a path: a Unix socket\n"
    "      --symbols FOLDER where else ELF files are that run in the system, for the debugger; "
    "may\n"
    "                       be repeated. Those inside IMAGE are found without\n";

static const char gdb_help[] =
    "sel4ux gdb IMAGE [options] [-- GDB's arguments]: run a system under GDB\n"
    "\n"
    "examples:\n"
    "  sel4ux gdb build/images/hello-world-image-x86_64-pc99\n"
    "  sel4ux gdb app.elf --time virtual -- -ex 'break main' -ex continue\n"
    "  sel4ux gdb system.elf --symbols build/apps                    its processes' ELF files\n"
    "\n"
    "The machine waits before its first instruction. Every address space is an inferior, every\n"
    "thread a thread, with its name and what it waits for; their programs' symbols are found by\n"
    "comparing text. 'monitor help' in GDB lists what it can tell of the system, 'run' starts the\n"
    "system anew. The exit code is GDB's, and the machine ends with it.\n"
    "\n"
    "options: those of 'sel4ux run --help', such as\n"
    "      --symbols FOLDER where else ELF files are that run in the system; may be repeated\n"
    "      --time virtual   the same run every time, whatever is stopped, and for how long\n"
    "  -e, --engine NAME    how guest code runs; all of them can be debugged\n";

static const char info_help[] =
    "sel4ux info IMAGE [options]: show what 'sel4ux run' would boot: the image's segments and\n"
    "memory, the kernel's configuration and where each value comes from, invocation labels\n"
    "\n"
    "examples:\n"
    "  sel4ux info build/images/hello-world-image-x86_64-pc99\n"
    "  sel4ux info app.elf --config ../build/kernel/gen_config/kernel/gen_config.json\n"
    "\n"
    "options:\n";

static const char host_help[] =
    "sel4ux run IMAGE --host WHAT[,name=NAME]: give the system a part of this host\n"
    "\n"
    "Without --host a system has the terminal as its serial port and nothing else. Each --host "
    "adds\n"
    "a capability that the root task finds in its boot info, by NAME or by what stands behind '='\n"
    "(include/sel4ux/host.h, docs/linux-io.md). Programs that sel4ux-cc has built take the same\n"
    "words from SEL4UX_FLAGS.\n"
    "\n"
    "examples:\n"
    "  sel4ux run server.elf --host dir=www --host tcp-listen=8080\n"
    "  sel4ux run files.elf --host dir=/srv/files:rw,name=disk --host clock\n"
    "\n"
    "WHAT:\n";

#define FORM_WIDTH 24 /* of the column before hostio_kind.help */

static void print_host_help(FILE *out)
{
    char form[64];

    fputs(host_help, out);
    for (size_t i = 0; hostio_kinds[i]; i++) {
        const struct hostio_kind *k = hostio_kinds[i];
        const char *access = k->access == HOSTIO_AS_ASKED ? "[:rw]" : "";

        snprintf(form, sizeof(form), k->target ? "%s=%s%s" : "%s", k->option, k->target, access);
        if (strlen(form) > FORM_WIDTH) {
            fprintf(out, "  %s\n", form);
            form[0] = '\0';
        }
        fprintf(out, "  %-*s %s\n", FORM_WIDTH, form, k->help);
    }
    fprintf(out, "\n");
}

static const char report_help[] =
    "sel4ux report TRACE [options]: make one HTML page of a trace: timeline, who sends to whom "
    "and\n"
    "how long calls take, time per thread, slowest calls, faults, interrupts. The page needs\n"
    "nothing but itself: it can be kept, and sent to others\n"
    "\n"
    "examples:\n"
    "  sel4ux run app.elf --time virtual --trace app.trace\n"
    "  sel4ux report app.trace                       writes app.trace.html\n"
    "  sel4ux report app.trace -o - | gzip > page.gz\n"
    "A trace is also a file for https://ui.perfetto.dev.\n"
    "\n"
    "options:\n"
    "  -o, --output FILE    write the page there; - is the standard output (default: TRACE.html)\n"
    "  -n, --events N       slices and instants that the timeline holds at most (default "
    "2000000);\n"
    "                       the figures always count all\n"
    "  -h, --help           this text\n"
    "\n"
    "exit codes: 0, 1 the host failed, 2 wrong usage or no such trace\n";

static void print_engines(FILE *out)
{
    for (size_t i = 0; engines[i]; i++) {
        fprintf(out, "                         %-6s  %s%s\n", engines[i]->name, engines[i]->summary,
                i ? "" : " (default)");
    }
}

static void print_option_names(FILE *out)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        fprintf(out, i % 2 ? "%s\n" : "  %-36s", option_name(i));
    }
    fprintf(out, OPTION_COUNT % 2 ? "\n\n" : "\n");
}

static void print_run_help(FILE *out)
{
    fputs(run_help, out);
    print_engines(out);
    fputs(debugger_help, out);
    fputs(image_help, out);
    fputs(keys_help, out);
    fputs(config_help, out);
    print_option_names(out);
    fputs(exit_help, out);
}

static void print_info_help(FILE *out)
{
    fputs(info_help, out);
    fputs(image_help, out);
    fputs(config_help, out);
    print_option_names(out);
    fputs("exit codes: 0, 1 the host failed, 2 wrong usage, or what cannot be used\n", out);
}

static void print_gdb_help(FILE *out)
{
    fputs(gdb_help, out);
}

static void print_inspect_help(FILE *out)
{
    fputs(inspect_help, out);
}

static void print_report_help(FILE *out)
{
    fputs(report_help, out);
}

static const struct {
    const char *name;
    void (*print)(FILE *out);
} topics[] = {
    {"run", print_run_help},         {"gdb", print_gdb_help},       {"info", print_info_help},
    {"inspect", print_inspect_help}, {"report", print_report_help}, {"host", print_host_help},
};

#define TOPIC_COUNT (sizeof(topics) / sizeof(topics[0]))

bool help_print(FILE *out, const char *topic)
{
    if (!topic) {
        fputs(general_help, out);
        fputs(exit_help, out);
        return true;
    }
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        if (!strcmp(topic, topics[i].name)) {
            topics[i].print(out);
            return true;
        }
    }
    return false;
}

int cmd_help(struct cli *cli, int argc, char **argv)
{
    if (!help_print(stdout, argc > 1 ? argv[1] : NULL)) {
        log_error(&cli->log,
                  "no help on '%.100s'; there is help on run, gdb, info, inspect, report and host",
                  argv[1]);
        return EXIT_USAGE;
    }
    return cli_finish_output(cli);
}

int cmd_version(struct cli *cli, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf("sel4ux %s (seL4 16.0, x86_64)\n", SEL4UX_VERSION);
    return cli_finish_output(cli);
}
