/* free: what is used of what the root task gives out. */
#include "sos.h"

int sos_main(int argc, char **argv)
{
    struct sos_info info;

    (void)argc;
    (void)argv;
    sos_info(&info);
    guest_printf("frames     %u of %u\n", info.frames_used, info.frames_limit);
    guest_printf("blocks     %u of %u\n", info.blocks_used, info.blocks_total);
    guest_printf("tables     %u\n", info.tables_used);
    guest_printf("processes  %u\n", info.processes);
    guest_printf("open files %u, pipes %u, sockets %u\n", info.open_files, info.pipes,
                 info.sockets);
    guest_printf("page-ins   %lu, page-outs %lu\n", info.page_ins, info.page_outs);
    return 0;
}
