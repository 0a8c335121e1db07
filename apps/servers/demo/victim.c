/* A client that makes one kind of request over and over, until it is killed in it. */
#include "demo.h"

#define PIECE 65536ul

#define WRITE (SEL4UX_HOST_OPEN_WRITE | SEL4UX_HOST_OPEN_CREATE)

static const struct client *files = &demo_session[STANDARD_FILE];
static const struct client *blocks = &demo_session[STANDARD_BLOCK];
static const struct client *timer = &demo_session[STANDARD_TIMER];
static const struct client *console = &demo_session[STANDARD_CONSOLE];

static long file;

static void names(enum victim_kind kind)
{
    struct sel4ux_host_status status;
    seL4_Word cookie = 0;

    switch (kind) {
    case VICTIM_FILE_OPEN:
        file_close(files, file_open(files, "victim", WRITE | SEL4UX_HOST_OPEN_TRUNCATE));
        break;
    case VICTIM_FILE_STAT:
        file_stat_path(files, "victim", &status);
        file_stat(files, file, &status);
        break;
    case VICTIM_FILE_LIST:
        file_list(files, 0, &cookie);
        break;
    case VICTIM_FILE_DIRECTORY:
        file_make_directory(files, "victims");
        file_remove(files, "victims");
        break;
    default:
        file_rename(files, "victim", "victim2");
        file_rename(files, "victim2", "victim");
        break;
    }
}

static void contents(enum victim_kind kind)
{
    switch (kind) {
    case VICTIM_FILE_READ:
        file_read_buffer(files, file, PIECE, 0);
        break;
    case VICTIM_FILE_WRITE:
        file_write_buffer(files, file, PIECE, 0);
        break;
    case VICTIM_FILE_SEEK:
        file_seek(files, file, 0, FILE_FROM_END);
        break;
    case VICTIM_FILE_TRUNCATE:
        file_truncate(files, file, PIECE / 2);
        file_truncate(files, file, PIECE);
        break;
    case VICTIM_FILE_SYNC:
        file_sync(files, file);
        break;
    default: /* there is no slot to put it in, or no host */
        file_direct(files, file, 0, 0, 0);
        break;
    }
}

static void others(enum victim_kind kind)
{
    switch (kind) {
    case VICTIM_CONSOLE_WRITE:
        console_write(console, "\r\r\r\r", 4);
        break;
    case VICTIM_CONSOLE_READ:
        client_call(console, CONSOLE_READ, 0, 1, 0, 0);
        break;
    case VICTIM_BLOCK_READ:
        block_read(blocks, PIECE, 0);
        break;
    case VICTIM_BLOCK_WRITE:
        block_write(blocks, PIECE, 0);
        break;
    case VICTIM_BLOCK_SYNC:
        block_sync(blocks);
        break;
    case VICTIM_TIMER_SLEEP:
        timer_sleep(timer, 1000000000);
        break;
    case VICTIM_TIMER_WAIT:
        timer_wait(timer);
        break;
    case VICTIM_TIMER_NOW:
        timer_now(timer);
        break;
    case VICTIM_RANDOM:
        random_read(&demo_session[STANDARD_RANDOM], PAGE_SIZE);
        break;
    default:
        client_hostile(timer_now(timer), 1);
        break;
    }
}

void client_victim(enum victim_kind kind)
{
    file = file_open(files, "victim", WRITE);
    timer_period(timer, 100000);
    for (;;) {
        if (kind == VICTIM_FILE_OPEN || kind == VICTIM_FILE_STAT || kind == VICTIM_FILE_LIST ||
            kind == VICTIM_FILE_DIRECTORY || kind == VICTIM_FILE_RENAME)
            names(kind);
        else if (kind >= VICTIM_FILE_READ && kind <= VICTIM_FILE_DIRECT)
            contents(kind);
        else
            others(kind);
    }
}
