/*
 * A machine for fuzzing the kernel model: RAM between guard pages, a platform that checks what it
 * is asked for, and an oracle over the whole state. There is one world at a time.
 *
 * Under AddressSanitizer, RAM that belongs to no object is poisoned: a stray access by the model is
 * an error even where memory exists. An object's memory is open from platform_used until
 * platform_zero, or until world_check finds that its last capability is gone.
 */
#ifndef SEL4UX_TESTS_KERNEL_WORLD_H
#define SEL4UX_TESTS_KERNEL_WORLD_H

#include "kernel/platform.h"

#define WORLD_RAM        (64ull << 20)
#define WORLD_RAM_START  (1ull << 20) /* below is no memory */
#define WORLD_IMAGE      0x400000ull  /* user address of the initial thread's image */
#define WORLD_SYSCALL_IP 0x400100ull  /* where every thread has its system call instruction */

/* A machine with `config` that has just booted, its initial thread current. */
struct kernel *world_boot(const struct kernel_config *config);

/* What platform_irq_pending answers, lowest bit first, again and again. */
void world_set_pending(uint32_t answers);

/* An invariant is broken: reports it and dies, so that the input is kept. */
_Noreturn void world_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Checks everything. Forgets and poisons objects that have lost their last capability. */
void world_check(struct kernel *k);

/* Does what an engine does before it runs a thread in `pml4`: takes note of changed mappings. */
void world_sync(struct kernel *k, paddr pml4);

/* ------------------------------------------------------------------ between the world's parts */

void world_poison(struct kernel *k, paddr start, uint64_t size);
void world_unpoison(struct kernel *k, paddr start, uint64_t size);
void world_check_host(const struct kernel *k);
void oracle_reset(void);
void oracle_memory_zeroed(paddr start, uint64_t size);
void oracle_vspace_gone(uint32_t host);

#endif
