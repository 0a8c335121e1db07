/*
 * Formatted output of guests, and the text of errors.
 *
 * A call formats into a buffer of its own and then hands the characters on, so threads may print
 * at the same time; their lines may interleave.
 */
#include "guest.h"

struct text {
    char *at, *end;
};

static void put(struct text *text, char c)
{
    if (text->at < text->end)
        *text->at++ = c;
}

static void put_padded(struct text *text, const char *digits, size_t length, int width, char pad)
{
    for (int i = (int)length; i < width; i++)
        put(text, pad);
    while (length--)
        put(text, *digits++);
}

static void put_number(struct text *text, unsigned long value, unsigned base, bool minus, int width,
                       char pad)
{
    char digits[24];
    size_t first = sizeof(digits);

    do {
        digits[--first] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (minus)
        digits[--first] = '-';
    put_padded(text, digits + first, sizeof(digits) - first, width, pad);
}

static void put_signed(struct text *text, long value, int width, char pad)
{
    put_number(text, value < 0 ? 0ul - (unsigned long)value : (unsigned long)value, 10, value < 0,
               width, pad);
}

static void put_argument(struct text *text, char kind, bool is_long, int width, char pad,
                         va_list *arguments)
{
    const char *s;

    switch (kind) {
    case 'd':
        put_signed(text, is_long ? va_arg(*arguments, long) : va_arg(*arguments, int), width, pad);
        break;
    case 'u':
    case 'x':
        put_number(text,
                   is_long ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned int),
                   kind == 'x' ? 16 : 10, false, width, pad);
        break;
    case 'p':
        put_number(text, (unsigned long)va_arg(*arguments, void *), 16, false, width, pad);
        break;
    case 'c':
        put(text, (char)va_arg(*arguments, int));
        break;
    case 's':
        s = va_arg(*arguments, const char *);
        put_padded(text, s, strlen(s), width, ' ');
        break;
    default:
        put(text, kind);
    }
}

static void format(struct text *text, const char *f, va_list *arguments)
{
    for (; *f; f++) {
        bool is_long = false;
        char pad = ' ';
        int width = 0;

        if (*f != '%') {
            put(text, *f);
            continue;
        }
        f++;
        if (*f == '0')
            pad = *f++;
        while (*f >= '0' && *f <= '9')
            width = width * 10 + (*f++ - '0');
        while (*f == 'l') {
            is_long = true;
            f++;
        }
        put_argument(text, *f, is_long, width, pad, arguments);
    }
}

static void print(const char *f, va_list *arguments)
{
    char buffer[512];
    struct text text = {buffer, buffer + sizeof(buffer) - 1};

    format(&text, f, arguments);
    for (const char *c = buffer; c < text.at; c++)
        guest_putchar(*c);
}

void guest_printf(const char *f, ...)
{
    va_list arguments;

    va_start(arguments, f);
    print(f, &arguments);
    va_end(arguments);
}

void guest_die(const char *f, ...)
{
    va_list arguments;

    va_start(arguments, f);
    print(f, &arguments);
    va_end(arguments);
    guest_printf("\nfailed\n");
    guest_exit();
}

static const char *const error_names[] = {
    [seL4_NoError] = "ok",
    [seL4_InvalidArgument] = "InvalidArgument",
    [seL4_InvalidCapability] = "InvalidCapability",
    [seL4_IllegalOperation] = "IllegalOperation",
    [seL4_RangeError] = "RangeError",
    [seL4_AlignmentError] = "AlignmentError",
    [seL4_FailedLookup] = "FailedLookup",
    [seL4_TruncatedMessage] = "TruncatedMessage",
    [seL4_DeleteFirst] = "DeleteFirst",
    [seL4_RevokeFirst] = "RevokeFirst",
    [seL4_NotEnoughMemory] = "NotEnoughMemory",
};

static const char *formatted(char *buffer, size_t bytes, const char *f, ...)
{
    struct text text = {buffer, buffer + bytes - 1};
    va_list arguments;

    va_start(arguments, f);
    format(&text, f, &arguments);
    va_end(arguments);
    *text.at = 0;
    return buffer;
}

/* Memory that is left is a fact about the machine where it is large, and about seL4 where not. */
const char *error_text(seL4_Error error)
{
    static char text[128];
    const char *name = error < seL4_NumErrors ? error_names[error] : "unknown error";
    seL4_Word a = seL4_GetMR(0), b = seL4_GetMR(1), c = seL4_GetMR(2), d = seL4_GetMR(3);

    switch (error) {
    case seL4_InvalidArgument:
        return formatted(text, sizeof(text), "%s %lu", name, a);
    case seL4_InvalidCapability:
        return formatted(text, sizeof(text), "%s %lu", name, a);
    case seL4_RangeError:
        return formatted(text, sizeof(text), "%s %lu..%lu", name, a, b);
    case seL4_NotEnoughMemory:
        return formatted(text, sizeof(text), "%s %lu", name, a);
    case seL4_FailedLookup:
        if (b == seL4_InvalidRoot)
            return formatted(text, sizeof(text), "%s source=%lu InvalidRoot", name, a);
        if (b == seL4_MissingCapability)
            return formatted(text, sizeof(text), "%s source=%lu Missing left=%lu", name, a, c);
        if (b == seL4_DepthMismatch)
            return formatted(text, sizeof(text), "%s source=%lu Depth left=%lu found=%lu", name, a,
                             c, d);
        return formatted(text, sizeof(text), "%s source=%lu Guard left=%lu", name, a, c);
    default:
        return name;
    }
}

void report(const char *what, seL4_Error error)
{
    guest_printf("%s: %s\n", what, error_text(error));
}

void must(const char *what, seL4_Error error)
{
    if (error != seL4_NoError)
        guest_die("%s: %s", what, error_text(error));
}
