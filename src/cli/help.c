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
    "  sel4ux info IMAGE [options]    show what run would boot, and why\n"
    "  sel4ux help [run|info]         the same as sel4ux run --help, sel4ux info --help\n"
    "  sel4ux help host               what of this host a system can be given\n"
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
    "      --host WHAT      give the system a part of this host: its root task finds capabilities "
    "to\n"
    "                       it in the boot info, and nobody else can touch the host; may be\n"
    "                       repeated ('sel4ux help host', docs/linux-io.md)\n"
    "  -l, --log FILE       write a line for each kernel entry: when, who, what, who runs next\n"
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
    "  sel4ux run files.elf --host dir=/tmp/scratch:rw,name=disk --host clock\n"
    "\n"
    "WHAT:\n";

static void print_kinds(FILE *out)
{
    char form[64];

    for (size_t i = 0; hostio_kinds[i]; i++) {
        const struct hostio_kind *k = hostio_kinds[i];
        const char *access = k->access == HOSTIO_AS_ASKED ? "[:rw]" : "";

        snprintf(form, sizeof(form), k->target ? "%s=%s%s" : "%s", k->option, k->target, access);
        fprintf(out, "  %-24s %s\n", form, k->help);
    }
    fprintf(out, "\n");
}

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

    if (topic && !strcmp(topic, "host")) {
        fputs(host_help, out);
        print_kinds(out);
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
        log_error(&cli->log, "no help on '%.100s'; there is help on run, info and host", argv[1]);
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
