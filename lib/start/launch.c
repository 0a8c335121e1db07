/*
 * Started by Linux, a program becomes `sel4ux run --engine link PROGRAM`, which runs it as the root
 * task of a machine of its own (see start.h).
 *
 * sel4ux is $SEL4UX if that is set; else where it was when this library was built or installed;
 * else the one of PATH. Words of $SEL4UX_FLAGS become options before the program's name.
 */
#include "start.h"

#include <elf.h>
#include <errno.h>
#include <linux/limits.h>
#include <stdbool.h>
#include <stddef.h>

#include <asm/unistd.h>

#ifndef SEL4UX_PATH
#define SEL4UX_PATH "sel4ux"
#endif

#define ERROR_STREAM 2
#define EXIT_FAILED  1 /* as sel4ux has them */
#define EXIT_USAGE   2
#define MAX_WORDS    64
#define MAX_MESSAGE  (PATH_MAX + 256)

struct launch {
    char **argv, **environment;
    int argc;
    const char *program;
    char *command[MAX_WORDS + 8];
    int words;
    char flags[PATH_MAX], path[PATH_MAX];
};

struct message {
    char text[MAX_MESSAGE];
    size_t size;
};

/* ------------------------------------------------------------------ text */

static bool append(char *to, size_t size, size_t *at, const char *text)
{
    for (; *text; text++) {
        if (*at + 1 >= size)
            return false;
        to[(*at)++] = *text;
    }
    to[*at] = '\0';
    return true;
}

static __attribute__((noreturn)) void fail(int status, const char *const text[])
{
    static struct message message;

    append(message.text, sizeof(message.text) - 1, &message.size, "sel4ux: error: ");
    for (; *text; text++)
        append(message.text, sizeof(message.text) - 1, &message.size, *text);
    message.text[message.size++] = '\n';
    sel4ux_linux_call(__NR_write, ERROR_STREAM, (long)message.text, (long)message.size);
    for (;;)
        sel4ux_linux_call(__NR_exit_group, status, 0, 0);
}

/* The value of the variable `name`, NULL when it is unset or empty. */
static const char *variable(const struct launch *l, const char *name)
{
    for (char **at = l->environment; *at; at++) {
        const char *entry = *at, *wanted = name;
        while (*wanted && *entry == *wanted) {
            entry++;
            wanted++;
        }
        if (!*wanted && *entry == '=')
            return entry[1] ? entry + 1 : NULL;
    }
    return NULL;
}

/* ------------------------------------------------------------------ the command */

static void read_stack(struct launch *l, char **stack)
{
    char **at;

    l->argc = (int)(long)stack[0];
    l->argv = stack + 1;
    l->environment = l->argv + l->argc + 1;
    for (at = l->environment; *at; at++)
        continue;
    for (Elf64_auxv_t *aux = (Elf64_auxv_t *)(at + 1); aux->a_type != AT_NULL; aux++) {
        if (aux->a_type == AT_EXECFN)
            l->program = (const char *)aux->a_un.a_val;
    }
    if (!l->program)
        l->program = "/proc/self/exe";
}

static void add_word(struct launch *l, const char *word)
{
    if (l->words == MAX_WORDS)
        fail(EXIT_USAGE, (const char *const[]){"SEL4UX_FLAGS has too many words", NULL});
    l->command[l->words++] = (char *)word;
}

static void add_flags(struct launch *l)
{
    const char *flags = variable(l, "SEL4UX_FLAGS");
    size_t size = 0;

    if (!flags)
        return;
    if (!append(l->flags, sizeof(l->flags), &size, flags))
        fail(EXIT_USAGE, (const char *const[]){"SEL4UX_FLAGS is too long", NULL});
    for (char *at = l->flags; *at;) {
        while (*at == ' ')
            *at++ = '\0';
        if (*at)
            add_word(l, at);
        while (*at && *at != ' ')
            at++;
    }
}

/* Only returns when there is no such program. */
static void try(struct launch *l, const char *path)
{
    long result;

    l->command[0] = (char *)path;
    result = sel4ux_linux_call(__NR_execve, (long)path, (long)l->command, (long)l->environment);
    if (result == -ENOENT || result == -ENOTDIR)
        return;
    fail(EXIT_FAILED, (const char *const[]){"cannot execute ", path,
                                            result == -EACCES ? ": permission denied" : "", NULL});
}

static void try_each_of_path(struct launch *l)
{
    const char *folder = variable(l, "PATH");

    while (folder && *folder) {
        size_t size = 0, length = 0;
        while (folder[length] && folder[length] != ':')
            length++;
        if (length + sizeof("/sel4ux") < sizeof(l->path)) {
            for (; size < length; size++)
                l->path[size] = folder[size];
            append(l->path, sizeof(l->path), &size, length ? "/sel4ux" : "./sel4ux");
            try(l, l->path);
        }
        folder += length + (folder[length] == ':');
    }
}

void sel4ux_launch(char **stack)
{
    static struct launch launch;
    struct launch *l = &launch;
    const char *chosen;

    read_stack(l, stack);
    if (l->argc > 1)
        fail(EXIT_USAGE, (const char *const[]){l->program,
                                               ": a root task takes no arguments; options for "
                                               "sel4ux go into SEL4UX_FLAGS",
                                               NULL});
    l->words = 1;
    add_word(l, "run");
    add_word(l, "--engine");
    add_word(l, "link");
    add_flags(l);
    l->command[l->words++] = "--";
    l->command[l->words++] = (char *)l->program;
    chosen = variable(l, "SEL4UX");
    if (chosen) {
        try(l, chosen);
        fail(EXIT_FAILED,
             (const char *const[]){"SEL4UX names ", chosen, ", which is not there", NULL});
    }
    try(l, SEL4UX_PATH);
    try_each_of_path(l);
    fail(EXIT_FAILED,
         (const char *const[]){l->program, " needs sel4ux to run, which is neither at ",
                               SEL4UX_PATH, " nor in PATH: install it, or set SEL4UX", NULL});
}
