/*
 * The help texts and the version. They teach: what to type first, what comes out, what it means.
 */
#include <string.h>

#include "cli/cli.h"
#include "engine/engine.h"
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
    "  sel4ux info IMAGE [options]    show what run would boot, and why\n"
    "  sel4ux report TRACE [options]  make a page of what 'run --trace TRACE' has recorded\n"
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
    "  130  interrupted (Ctrl-C)\n"
    "A system that ends itself through QEMU's exit port chooses its own code.\n";

static const char image_help[] =
    "  -m, --mem SIZE       memory of the machine, with K, M or G (default 3G); sparse: what the\n"
    "                       system does not touch costs nothing\n"
    "  -c, --config FILE    the kernel's gen_config.json\n"
    "  -s, --set KEY=VALUE  change one option of the kernel; may be repeated\n"
    "  -h, --help           this text\n"
    "\n";

static const char config_help[] =
    "which kernel:\n"
    "  A system is built for one configuration of seL4. sel4ux takes it from, first match wins,\n"
    "    FILE of --config FILE\n"
    "    the program itself, if sel4ux-cc has built it\n"
    "    kernel/gen_config/kernel/gen_config.json, gen_config/kernel/gen_config.json or\n"
    "      gen_config.json in the folder of IMAGE or up to three folders above it: an image\n"
    "      inside its build tree needs no option\n"
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
    "  echo help | sel4ux run shell.elf --quiet > log.txt          serial in and out\n"
    "  sel4ux run app.elf --time virtual --log a.log               the same every time\n"
    "\n"
    "options:\n"
    "  -t, --timeout SECS   stop after that many seconds, such as 10 or 0.5 (exit code 124)\n"
    "      --exit-on TEXT   stop when a line of serial output contains TEXT (exit code 0)\n"
    "  -q, --quiet          no report at the end\n"
    "      --time real      the system's clock is the host's (default)\n"
    "      --time virtual   its clock stands still while it runs: every kernel entry costs a "
    "fixed\n"
    "                       time, and when nothing can run the clock jumps to the next timer. Two\n"
    "                       runs give the same output, however busy the host (docs/time.md)\n"
    "      --seed N         with virtual time: another interleaving that seL4 permits, the same\n"
    "                       for each N; 0, the default, is the plain one\n"
    "  -l, --log FILE       write a line for each kernel entry: when, who, what, who runs next\n"
    "      --trace FILE     record what happens, for 'sel4ux report FILE' and ui.perfetto.dev:\n"
    "                       kernel entries, messages, signals, faults, interrupts, mappings\n"
    "                       (docs/tracing.md)\n"
    "  -e, --engine NAME    how guest code runs:\n";

static const char info_help[] =
    "sel4ux info IMAGE [options]: show what 'sel4ux run' would boot: the image's segments and\n"
    "memory, the kernel's configuration and where each value comes from, invocation labels\n"
    "\n"
    "examples:\n"
    "  sel4ux info build/images/hello-world-image-x86_64-pc99\n"
    "  sel4ux info app.elf --config ../build/kernel/gen_config/kernel/gen_config.json\n"
    "\n"
    "options:\n";

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

bool help_print(FILE *out, const char *topic)
{
    bool run = topic && !strcmp(topic, "run"), info = topic && !strcmp(topic, "info");

    if (topic && !strcmp(topic, "report")) {
        fputs(report_help, out);
        return true;
    }
    if (topic && !run && !info) {
        return false;
    }
    if (!topic) {
        fputs(general_help, out);
    } else {
        fputs(run ? run_help : info_help, out);
        if (run) {
            print_engines(out);
        }
        fputs(image_help, out);
        fputs(config_help, out);
        print_option_names(out);
    }
    fputs(exit_help, out);
    return true;
}

int cmd_help(struct cli *cli, int argc, char **argv)
{
    if (!help_print(stdout, argc > 1 ? argv[1] : NULL)) {
        log_error(&cli->log, "no help on '%.100s'; there is help on run and info", argv[1]);
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
