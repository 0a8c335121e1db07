/* What --host can allow. */
#include "hostio/files.h"
#include "hostio/random.h"
#include "hostio/sockets.h"
#include "hostio/user_options.h"

static const struct hostio_kind directory = {
    .option = "dir",
    .target = "FOLDER",
    .help = "the files and folders below FOLDER; read-only unless :rw",
    .kind = SEL4UX_HOST_DIRECTORY,
    .access = HOSTIO_AS_ASKED,
    .open = files_open_directory,
};

static const struct hostio_kind block = {
    .option = "block",
    .target = "FILE",
    .help = "the bytes of FILE, as a disk of that size; read-only unless :rw",
    .kind = SEL4UX_HOST_BLOCK,
    .access = HOSTIO_AS_ASKED,
    .open = files_open_block,
};

static const struct hostio_kind terminal = {
    .option = "terminal",
    .help = "the terminal; the serial port gets no input then",
    .kind = SEL4UX_HOST_TERMINAL,
    .access = HOSTIO_WRITES,
    .only_once = true,
};

static const struct hostio_kind alarm_clock = {
    .option = "clock",
    .help = "the date, and an alarm",
    .kind = SEL4UX_HOST_CLOCK,
    .access = HOSTIO_WRITES,
};

static const struct hostio_kind random_numbers = {
    .option = "random",
    .help = "random numbers",
    .kind = SEL4UX_HOST_RANDOM,
    .access = HOSTIO_READS,
    .open = random_open,
};

static const struct hostio_kind tcp_listen = {
    .option = "tcp-listen",
    .target = "[ADDRESS:]PORT",
    .help = "TCP connections to PORT, from this computer only unless ADDRESS says\n"
            "                           otherwise",
    .kind = SEL4UX_HOST_LISTENER,
    .access = HOSTIO_WRITES,
    .parse = tcp_parse_listen,
    .open = tcp_open_listener,
};

static const struct hostio_kind tcp_connect = {
    .option = "tcp-connect",
    .target = "ADDRESS:PORT",
    .help = "connecting there; PORT may be *, ADDRESS a name, or a network such as\n"
            "                           10.0.0.0/8",
    .kind = SEL4UX_HOST_PEER,
    .access = HOSTIO_WRITES,
    .parse = tcp_parse_connect,
    .open = tcp_open_peer,
};

static const struct hostio_kind udp = {
    .option = "udp",
    .target = "[ADDRESS:]PORT",
    .help = "datagrams to PORT, and answering; with ,to=ADDRESS:PORT also sending\n"
            "                           there",
    .kind = SEL4UX_HOST_UDP,
    .access = HOSTIO_WRITES,
    .parse = udp_parse,
    .take = udp_take,
    .open = udp_open,
};

static const struct hostio_kind tap = {
    .option = "tap",
    .target = "DEVICE",
    .help = "Ethernet, over a TAP device of Linux",
    .kind = SEL4UX_HOST_ETHERNET,
    .access = HOSTIO_WRITES,
    .parse = tap_parse,
    .open = tap_open,
};

static const struct hostio_kind user_net = {
    .option = "net",
    .target = "user",
    .help = "Ethernet, over a network inside sel4ux that only ,fwd=tcp:PORT:GUESTPORT\n"
            "                           lets into and only ,to=ADDRESS:PORT out of",
    .kind = SEL4UX_HOST_ETHERNET,
    .access = HOSTIO_WRITES,
    .parse = user_net_parse,
    .take = user_net_take,
    .open = user_net_open,
};

const struct hostio_kind *const hostio_kinds[] = {
    &directory, &block, &terminal, &alarm_clock, &random_numbers, &tcp_listen, &tcp_connect,
    &udp,       &tap,   &user_net, NULL,
};
