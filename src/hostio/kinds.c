/* What --host can allow. */
#include "hostio/files.h"
#include "hostio/random.h"

static const struct hostio_kind directory = {
    .option = "dir",
    .target = "FOLDER",
    .kind = SEL4UX_HOST_DIRECTORY,
    .access = HOSTIO_AS_ASKED,
    .open = files_open_directory,
};

static const struct hostio_kind block = {
    .option = "block",
    .target = "FILE",
    .kind = SEL4UX_HOST_BLOCK,
    .access = HOSTIO_AS_ASKED,
    .open = files_open_block,
};

static const struct hostio_kind terminal = {
    .option = "terminal",
    .kind = SEL4UX_HOST_TERMINAL,
    .access = HOSTIO_WRITES,
    .only_once = true,
};

static const struct hostio_kind alarm_clock = {
    .option = "clock",
    .kind = SEL4UX_HOST_CLOCK,
    .access = HOSTIO_WRITES,
};

static const struct hostio_kind random_numbers = {
    .option = "random",
    .kind = SEL4UX_HOST_RANDOM,
    .access = HOSTIO_READS,
    .open = random_open,
};

const struct hostio_kind *const hostio_kinds[] = {
    &directory, &block, &terminal, &alarm_clock, &random_numbers, NULL,
};
