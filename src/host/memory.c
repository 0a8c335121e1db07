/*
 * A machine's memory on the host (see memory.h). The size is sealed, so that no process that maps
 * it can be killed by another one's truncating it; pages exist once they are touched.
 */
#include "host/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static int check_limit(int resource, const char *option, uint64_t size, struct error *err)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur >= size)
        return 0;
    error_set(err,
              "the machine needs %llu MiB, but this process is limited to %llu MiB (ulimit %s): "
              "raise the limit or give the guest less memory",
              (unsigned long long)(size >> 20), (unsigned long long)(limit.rlim_cur >> 20), option);
    return -ENOMEM;
}

/* Guest code runs from this memory: a host that forbids that is named here, not by a crash. */
static int check_executable(int fd, struct error *err)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);

    if (page == MAP_FAILED)
        return error_errno(err, errno, "the host refuses to execute shared memory (memfd)");
    munmap(page, 4096);
    return 0;
}

static int size_and_map(struct machine_memory *memory, struct error *err)
{
    if (ftruncate(memory->fd, (off_t)memory->size) != 0)
        return error_errno(err, errno, "can't make %llu MiB of guest memory",
                           (unsigned long long)(memory->size >> 20));
    if (fcntl(memory->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return error_errno(err, errno, "can't seal the guest's memory");
    int status = check_executable(memory->fd, err);
    if (status != 0)
        return status;
    void *map =
        mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, memory->fd, 0);
    if (map == MAP_FAILED)
        return error_errno(err, errno, "can't map %llu MiB of guest memory",
                           (unsigned long long)(memory->size >> 20));
    memory->machine = map;
    return 0;
}

int machine_memory_create(struct machine_memory *memory, uint64_t ram_top, struct error *err)
{
    int status;

    *memory = (struct machine_memory){.fd = -1, .size = KERNEL_RAM_OFFSET + ram_top};
    if (ram_top > MACHINE_MAX_RAM) {
        error_set(err, "the guest's memory would end at %llu MiB: at most %llu MiB are possible",
                  (unsigned long long)(ram_top >> 20), (unsigned long long)(MACHINE_MAX_RAM >> 20));
        return -EINVAL;
    }
    status = check_limit(RLIMIT_FSIZE, "-f", memory->size, err);
    if (status == 0)
        status = check_limit(RLIMIT_AS, "-v", memory->size, err);
    if (status != 0)
        return status;
    memory->fd = memfd_create("sel4ux-machine", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory->fd < 0)
        return error_errno(err, errno, "can't create the guest's memory (memfd)");
    status = size_and_map(memory, err);
    if (status != 0)
        machine_memory_destroy(memory);
    return status;
}

void machine_memory_destroy(struct machine_memory *memory)
{
    if (memory->machine != NULL)
        munmap(memory->machine, memory->size);
    if (memory->fd >= 0)
        close(memory->fd);
    *memory = (struct machine_memory){.fd = -1};
}
