/*
 * calc [EXPRESSION]: whole numbers with + - * / % and parentheses; without an expression, one of
 * each line of input.
 */
#include "sos.h"

static const char *at;
static const char *wrong; /* why the expression has no value, or NULL */

static long sum(void);

static void skip_blanks(void)
{
    while (*at == ' ')
        at++;
}

static bool accept(char c)
{
    skip_blanks();
    if (*at != c)
        return false;
    at++;
    return true;
}

static long operand(void)
{
    unsigned long value = 0;

    if (accept('-'))
        return (long)(0ul - (unsigned long)operand());
    if (accept('(')) {
        long inner = sum();

        if (!accept(')'))
            wrong = "a parenthesis is open";
        return inner;
    }
    if (*at < '0' || *at > '9')
        wrong = "a number is missing";
    while (*at >= '0' && *at <= '9')
        value = value * 10 + (unsigned long)(*at++ - '0');
    return (long)value;
}

static long divide(long a, long b, bool rest)
{
    if (b == 0) {
        wrong = "division by zero";
        return 0;
    }
    if (b == -1) /* the lowest number has no opposite, and the processor traps on it */
        return rest ? 0 : (long)(0ul - (unsigned long)a);
    return rest ? a % b : a / b;
}

static long product(void)
{
    long value = operand();

    for (;;) {
        if (accept('*'))
            value = (long)((unsigned long)value * (unsigned long)operand());
        else if (accept('/'))
            value = divide(value, operand(), false);
        else if (accept('%'))
            value = divide(value, operand(), true);
        else
            return value;
    }
}

static long sum(void)
{
    unsigned long value = (unsigned long)product();

    for (;;) {
        if (accept('+'))
            value += (unsigned long)product();
        else if (accept('-'))
            value -= (unsigned long)product();
        else
            return (long)value;
    }
}

static int calculate(const char *text)
{
    long value;

    at = text;
    wrong = NULL;
    value = sum();
    skip_blanks();
    if (!wrong && *at)
        wrong = "this is no operator";
    if (wrong)
        guest_printf("calc: %s, at column %d\n", wrong, (int)(at - text) + 1);
    else
        guest_printf("%ld\n", value);
    return wrong != NULL;
}

int sos_main(int argc, char **argv)
{
    static char line[512];
    size_t length = 0;
    char c;

    for (int i = 1; i < argc; i++) {
        size_t n = strlen(argv[i]);

        if (length + n + 1 >= sizeof(line))
            return sos_fail("calc", -SOS_EINVAL);
        memcpy(line + length, argv[i], n);
        length += n;
        line[length++] = ' ';
    }
    line[length] = 0;
    if (argc > 1)
        return calculate(line);
    while (sos_read(SOS_STDIN, &c, 1) == 1) {
        if (c != '\n' && length + 1 < sizeof(line)) {
            line[length++] = c;
            continue;
        }
        line[length] = 0;
        if (length)
            calculate(line);
        length = 0;
    }
    return 0;
}
