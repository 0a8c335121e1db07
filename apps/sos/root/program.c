/* Loading programs, see program.h. */
#include "program.h"

#include <elf.h>

#define MAX_SEGMENTS 12

static bool is_program(const Elf64_Ehdr *header)
{
    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
           header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_machine == EM_X86_64 &&
           header->e_type == ET_EXEC && header->e_phentsize == sizeof(Elf64_Phdr) &&
           header->e_phnum <= MAX_SEGMENTS;
}

static bool load_segment(struct space *space, struct inode *file, size_t file_size,
                         const Elf64_Phdr *segment)
{
    seL4_Word start = segment->p_vaddr, size = segment->p_memsz;
    struct region *region;

    if (start < SOS_LOWEST || start >= SOS_HEAP || size > SOS_HEAP - start ||
        segment->p_filesz > size || segment->p_offset > file_size ||
        segment->p_filesz > file_size - segment->p_offset)
        return false;
    if (size == 0)
        return true;
    region = space_region(space, start & -SOS_PAGE, (start + size + SOS_PAGE - 1) & -SOS_PAGE,
                          segment->p_flags & PF_W);
    if (!region)
        return false;
    region->file = file;
    region->at = start;
    region->offset = segment->p_offset;
    region->bytes = segment->p_filesz;
    return true;
}

long program_load(struct space *space, struct inode *file, seL4_Word *entry)
{
    long size = inode_size(file), n;
    Elf64_Ehdr header;
    Elf64_Phdr segment;

    if (size < 0)
        return size;
    n = inode_read(file, 0, &header, sizeof(header));
    if (n < 0)
        return n;
    if (n != sizeof(header) || !is_program(&header))
        return -SOS_EEXEC;
    for (unsigned int i = 0; i < header.e_phnum; i++) {
        size_t at = header.e_phoff + i * sizeof(segment);

        n = at < header.e_phoff ? 0 : inode_read(file, at, &segment, sizeof(segment));
        if (n < 0)
            return n;
        if (n != sizeof(segment) ||
            (segment.p_type == PT_LOAD && !load_segment(space, file, (size_t)size, &segment)))
            return -SOS_EEXEC;
    }
    *entry = header.e_entry;
    return 0;
}
