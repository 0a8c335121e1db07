/* The line editor of the shell, see line.h. */
#include "line.h"
#include "sos.h"

#define HISTORY      32u
#define CTRL(letter) ((letter) - '@')
#define ERASE        0x7f
#define ESCAPE       0x1b

enum key { KEY_UP = 256, KEY_DOWN, KEY_END, KEY_NONE };

static char history[HISTORY][LINE_MAX];
static unsigned int entered; /* lines so far; line N is in entry N % HISTORY */

static char *line;
static size_t length;
static unsigned int shown; /* the history line that is being shown; `entered`: a new one */

const char *line_history(unsigned int number)
{
    unsigned int first = entered > HISTORY ? entered - HISTORY : 0;

    return number >= 1 && first + number <= entered ? history[(first + number - 1) % HISTORY]
                                                    : NULL;
}

static int read_byte(void)
{
    unsigned char c;

    sos_flush();
    return sos_read(SOS_STDIN, &c, 1) == 1 ? c : KEY_END;
}

static int read_key(void)
{
    int c = read_byte();

    if (c != ESCAPE)
        return c;
    if (read_byte() != '[')
        return KEY_NONE;
    switch (read_byte()) {
    case 'A':
        return KEY_UP;
    case 'B':
        return KEY_DOWN;
    default:
        return KEY_NONE;
    }
}

static void erase(size_t to)
{
    for (; length > to; length--)
        guest_printf("\b \b");
}

static void insert(const char *text)
{
    for (; *text && length + 1 < LINE_MAX; text++) {
        line[length++] = *text;
        guest_printf("%c", *text);
    }
}

static void show_history(unsigned int number)
{
    unsigned int oldest = entered > HISTORY ? entered - HISTORY : 0;

    if (number < oldest || number > entered)
        return;
    shown = number;
    erase(0);
    if (number < entered)
        insert(history[number % HISTORY]);
}

/* 0: the line goes on; 1: it is complete; -1: the end of input. */
static int take(int key)
{
    char text[2] = {(char)key, 0};

    switch (key) {
    case '\r':
    case '\n':
        guest_printf("\n");
        return 1;
    case KEY_END:
        return -1;
    case CTRL('D'):
        return length ? 0 : -1;
    case CTRL('C'):
        guest_printf("^C\n");
        length = 0;
        return 1;
    case CTRL('U'):
        erase(0);
        return 0;
    case ERASE:
    case '\b':
        erase(length ? length - 1 : 0);
        return 0;
    case KEY_UP:
        show_history(shown - 1);
        return 0;
    case KEY_DOWN:
        show_history(shown + 1);
        return 0;
    default:
        if (key >= ' ' && key < 256)
            insert(text);
        return 0;
    }
}

static void remember(void)
{
    const char *last = entered ? history[(entered - 1) % HISTORY] : "";

    if (length && strcmp(line, last) != 0)
        memcpy(history[entered++ % HISTORY], line, LINE_MAX);
}

int line_read(const char *prompt, char buffer[LINE_MAX])
{
    int end;

    line = buffer;
    length = 0;
    shown = entered;
    guest_printf("%s", prompt);
    do {
        end = take(read_key());
    } while (end == 0);
    line[length] = 0;
    remember();
    return end > 0;
}
