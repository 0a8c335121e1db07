/* The user's terminal during a run (see screen.h). */
#include "monitor/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

int screen_open(struct screen *screen, struct machine_host *host, struct error *err)
{
    int status = terminal_open(&screen->terminal, STDIN_FILENO, err);

    if (status != 0)
        return status;
    screen->shared = isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
    screen->raw = true;
    screen_set_mode(screen, host);
    screen_measure(host);
    return 0;
}

void screen_close(struct screen *screen)
{
    terminal_close(&screen->terminal);
}

void screen_set_mode(struct screen *screen, const struct machine_host *host)
{
    bool raw = host->terminal_mode & SEL4UX_HOST_TERMINAL_RAW;

    if (!host->has_terminal || raw == screen->raw)
        return;
    screen->raw = raw;
    if (raw)
        terminal_resume(&screen->terminal);
    else
        terminal_suspend(&screen->terminal);
}

void screen_measure(struct machine_host *host)
{
    struct winsize size = {0};

    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return;
    host->terminal_columns = size.ws_col;
    host->terminal_rows = size.ws_row;
}

void screen_suspend(struct screen *screen)
{
    terminal_suspend(&screen->terminal);
}

void screen_resume(struct screen *screen)
{
    if (screen->raw)
        terminal_resume(&screen->terminal);
}

bool screen_end_line(const struct screen *screen, bool in_line)
{
    return !screen->shared || !in_line || write(STDERR_FILENO, "\n", 1) == 1;
}
