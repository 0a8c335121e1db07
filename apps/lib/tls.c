/*
 * Thread-local storage: a block per thread, laid out as the x86_64 ABI wants it (the program's
 * initial image, then a pointer to itself that FS points at).
 */
#include "runtime.h"

#include <elf.h>

extern const Elf64_Ehdr __ehdr_start;

static const Elf64_Phdr *tls_segment(void)
{
    const Elf64_Phdr *phdr = (const void *)((const char *)&__ehdr_start + __ehdr_start.e_phoff);

    for (int i = 0; i < __ehdr_start.e_phnum; i++) {
        if (phdr[i].p_type == PT_TLS)
            return &phdr[i];
    }
    return NULL;
}

char *tls_init(char *block, size_t bytes)
{
    const Elf64_Phdr *segment = tls_segment();
    size_t align = segment && segment->p_align > 8 ? segment->p_align : 8;
    size_t size = segment ? (segment->p_memsz + align - 1) / align * align : 0;
    char *base = (char *)(((uintptr_t)block + align - 1) / align * align);
    char *tls = base + size;

    if (tls + 64 > block + bytes)
        __builtin_trap();
    if (segment) {
        memset(base, 0, size);
        memcpy(tls - size, (const void *)segment->p_vaddr, segment->p_filesz);
    }
    *(char **)tls = tls;
    return tls;
}

void tls_use(char *tls, seL4_CPtr tcb)
{
#if defined(CONFIG_SET_TLS_BASE_SELF)
    (void)tcb;
    seL4_SetTLSBase((seL4_Word)tls);
#elif defined(CONFIG_FSGSBASE_INST)
    (void)tcb;
    __asm__ volatile("wrfsbase %0" : : "r"(tls) : "memory");
#else
    seL4_TCB_SetTLSBase(tcb, (seL4_Word)tls);
#endif
}
