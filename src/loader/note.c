/*
 * Notes are looked for in the sections, where every linker script leaves them, and in the note
 * segments, which survive when the section headers are stripped. Nothing here trusts the file: what
 * does not fit is no note.
 */
#include "loader/note.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>

#define NOTE_ALIGN 4

struct range {
    const uint8_t *start;
    size_t size;
};

static bool in_file(const struct image *image, uint64_t offset, uint64_t size)
{
    return offset <= image->file_size && size <= image->file_size - offset;
}

static size_t padded(uint32_t size)
{
    return ((size_t)size + NOTE_ALIGN - 1) & ~(size_t)(NOTE_ALIGN - 1);
}

static bool is_ours(const Elf64_Nhdr *note, const uint8_t *name)
{
    return note->n_type == NOTE_CONFIG && note->n_namesz == sizeof(NOTE_OWNER) &&
           memcmp(name, NOTE_OWNER, sizeof(NOTE_OWNER)) == 0;
}

/* One of the notes that follow each other in `notes`. */
static const void *find_in(struct range notes, size_t *size)
{
    Elf64_Nhdr note;

    while (notes.size >= sizeof(note)) {
        memcpy(&note, notes.start, sizeof(note));
        const uint8_t *name = notes.start + sizeof(note);
        size_t room = notes.size - sizeof(note);
        size_t name_size = padded(note.n_namesz), content = padded(note.n_descsz);

        if (name_size > room || note.n_descsz > room - name_size)
            return NULL;
        if (is_ours(&note, name)) {
            *size = note.n_descsz;
            return name + name_size;
        }
        if (content > room - name_size)
            return NULL;
        notes.start += sizeof(note) + name_size + content;
        notes.size -= sizeof(note) + name_size + content;
    }
    return NULL;
}

static const void *find_in_sections(const struct image *image, const Elf64_Ehdr *header,
                                    size_t *size)
{
    const void *found = NULL;

    if (header->e_shentsize != sizeof(Elf64_Shdr) ||
        !in_file(image, header->e_shoff, header->e_shnum * sizeof(Elf64_Shdr)))
        return NULL;
    for (size_t i = 0; i < header->e_shnum && !found; i++) {
        Elf64_Shdr section;

        memcpy(&section, image->file + header->e_shoff + i * sizeof(section), sizeof(section));
        if (section.sh_type == SHT_NOTE && in_file(image, section.sh_offset, section.sh_size))
            found = find_in((struct range){image->file + section.sh_offset, section.sh_size}, size);
    }
    return found;
}

const void *note_config(const struct image *image, size_t *size)
{
    const void *found;
    Elf64_Ehdr header;

    if (image->file_size < sizeof(header))
        return NULL;
    memcpy(&header, image->file, sizeof(header));
    found = find_in_sections(image, &header, size);
    for (size_t i = 0; i < image->segment_count && !found; i++) {
        const struct image_segment *s = &image->segment[i];
        if (s->type == PT_NOTE)
            found = find_in((struct range){s->data, s->filesz}, size);
    }
    return found;
}
