/*
 * What the host has of FSGSBASE, see bases.h. Linux says in the auxiliary vector that it keeps what
 * the instructions set. Where it does not, they may still work: under a hypervisor that runs its
 * guests' kernels without privileges, for one. Only executing one tells.
 */
#include "engine/inproc/bases.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#define HWCAP2_FSGSBASE 2 /* asm/hwcap2.h */

static sigjmp_buf refused;

static void note_refusal(int signal)
{
    (void)signal;
    siglongjmp(refused, 1);
}

static bool instructions_work(void)
{
    struct sigaction action = {.sa_handler = note_refusal}, before;
    volatile bool works = false;
    uint64_t base;

    sigaction(SIGILL, &action, &before);
    if (sigsetjmp(refused, 1) == 0) {
        __asm__ volatile("rdfsbase %0" : "=r"(base));
        works = true;
    }
    sigaction(SIGILL, &before, NULL);
    return works;
}

/* For tests: any host can do with what a lesser one has. */
static enum bases at_most(enum bases host)
{
    const char *text = getenv("SEL4UX_FSGSBASE");

    if (text != NULL && strcmp(text, "none") == 0)
        return BASES_BY_CALL;
    if (text != NULL && strcmp(text, "forgotten") == 0 && host == BASES_KEPT)
        return BASES_FORGOTTEN;
    return host;
}

enum bases bases_of_host(void)
{
    if (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE)
        return at_most(BASES_KEPT);
    return at_most(instructions_work() ? BASES_FORGOTTEN : BASES_BY_CALL);
}
