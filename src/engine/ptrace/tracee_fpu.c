/*
 * A tracee's FPU state (see tracee.h). Linux hands out the host's whole XSAVE area; what is there
 * beside x87, SSE and AVX is no business of guests.
 */
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "engine/ptrace/tracee.h"

#define XSAVE_LEGACY_USED 464 /* bytes of the legacy area that hardware uses */
#define XSAVE_XCR0        464 /* where the host says which state components there are */
#define XSAVE_HEADER      512
#define XSAVE_LEAST       576  /* bytes: the legacy area and the header */
#define XSAVE_COMPONENTS  7ull /* x87, SSE, AVX */

static char xstate[65536] __attribute__((aligned(64))); /* of the tracee in question */
static size_t xstate_size;                              /* bytes of it that Linux has */

int tracee_learn_fpu(const struct tracee *tracee, struct error *err)
{
    struct iovec all = {.iov_base = xstate, .iov_len = sizeof xstate};

    if (ptrace(PTRACE_GETREGSET, tracee->pid, NT_X86_XSTATE, &all) != 0)
        return error_errno(err, errno, "can't read a guest's FPU state");
    if (all.iov_len < XSAVE_LEAST) {
        error_set(err, "engine ptrace needs a processor with XSAVE");
        return -ENOTSUP;
    }
    xstate_size = all.iov_len;
    return 0;
}

static int get_xstate(const struct tracee *tracee)
{
    struct iovec all = {.iov_base = xstate, .iov_len = xstate_size};

    return ptrace(PTRACE_GETREGSET, tracee->pid, NT_X86_XSTATE, &all) == 0 ? 0 : -errno;
}

int tracee_get_fpu(const struct tracee *tracee, void *area, size_t size)
{
    size_t used = size < xstate_size ? size : xstate_size;
    uint64_t components;
    int status = get_xstate(tracee);

    if (status != 0)
        return status;
    memcpy(area, xstate, XSAVE_LEGACY_USED);
    memcpy((char *)area + XSAVE_HEADER, xstate + XSAVE_HEADER, used - XSAVE_HEADER);
    memcpy(&components, xstate + XSAVE_HEADER, sizeof components);
    /* The legacy area is valid even where the host left components' bits out as initial. */
    components = (components & XSAVE_COMPONENTS) | 3;
    memcpy((char *)area + XSAVE_HEADER, &components, sizeof components);
    return 0;
}

int tracee_set_fpu(const struct tracee *tracee, const void *area, size_t size)
{
    static uint64_t supported;
    size_t used = size < xstate_size ? size : xstate_size;
    uint64_t header[8] = {0};
    struct iovec all = {.iov_base = xstate, .iov_len = xstate_size};

    if (supported == 0) {
        int status = get_xstate(tracee);

        if (status != 0)
            return status;
        memcpy(&supported, xstate + XSAVE_XCR0, sizeof supported);
    }
    memset(xstate, 0, xstate_size);
    memcpy(xstate, area, XSAVE_LEGACY_USED);
    memcpy(header, (const char *)area + XSAVE_HEADER, sizeof header[0]);
    header[0] = ((header[0] & XSAVE_COMPONENTS) | 3) & supported;
    memcpy(xstate + XSAVE_HEADER, header, sizeof header);
    memcpy(xstate + XSAVE_HEADER + sizeof header, (const char *)area + XSAVE_HEADER + sizeof header,
           used - XSAVE_HEADER - sizeof header);
    return ptrace(PTRACE_SETREGSET, tracee->pid, NT_X86_XSTATE, &all) == 0 ? 0 : -errno;
}
