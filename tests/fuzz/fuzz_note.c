/*
 * Fuzzes the note in which a program carries its kernel's configuration: the input as a program's
 * file, as the notes of a file that is otherwise in order, and as what one note says.
 *
 * What is found lies inside the file, behind a header that names us, and is read as sel4ux does.
 */
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config.h"
#include "loader/elf.h"
#include "loader/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ADDRESS   0x400000
#define FILE_SIZE 16384
#define NOTES     512 /* where the notes of a file in order begin */

static void check(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "broken promise: %s\n", what);
        abort();
    }
}

/* The header that a descriptor at `text` must have before it. */
static void check_header(const uint8_t *file, const uint8_t *text, size_t size)
{
    const size_t name = (sizeof(NOTE_OWNER) + 3) & ~(size_t)3;
    Elf64_Nhdr note;

    check((size_t)(text - file) >= sizeof(note) + name, "room for a header");
    memcpy(&note, text - name - sizeof(note), sizeof(note));
    check(note.n_type == NOTE_CONFIG && note.n_descsz == size, "type and size");
    check(memcmp(text - name, NOTE_OWNER, sizeof(NOTE_OWNER)) == 0, "owner");
}

static const void *try_image(uint8_t *file, size_t file_size, size_t *size)
{
    static struct config_origin origin;
    static struct image image;
    struct kernel_config config;
    struct error err = {{0}};
    const uint8_t *text;

    *size = 0;
    if (image_parse(&image, file, file_size, &err) != 0)
        return NULL;
    image.file = file; /* as image_load() leaves it; not freed here */
    image.file_size = file_size;
    text = note_config(&image, size);
    if (!text)
        return NULL;
    check(text >= file && text <= file + file_size, "starts in the file");
    check(*size <= (size_t)(file + file_size - text), "ends in the file");
    check_header(file, text, *size);
    config_parse(&config, &origin, text, *size, &err);
    return text;
}

/* A program of one page-aligned segment whose notes, of `size` bytes, a section or segment tells.
 */
static void make_file(uint8_t *file, const uint8_t *notes, size_t size, int in_section)
{
    Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                         .e_type = ET_EXEC,
                         .e_machine = EM_X86_64,
                         .e_version = EV_CURRENT,
                         .e_entry = ADDRESS,
                         .e_phoff = sizeof(header),
                         .e_ehsize = sizeof(header),
                         .e_phentsize = sizeof(Elf64_Phdr),
                         .e_phnum = in_section ? 1 : 2};
    Elf64_Phdr segments[] = {{.p_type = PT_LOAD,
                              .p_flags = PF_R | PF_X,
                              .p_vaddr = ADDRESS,
                              .p_filesz = FILE_SIZE,
                              .p_memsz = FILE_SIZE,
                              .p_align = 4096},
                             {.p_type = PT_NOTE,
                              .p_flags = PF_R,
                              .p_offset = NOTES,
                              .p_vaddr = ADDRESS + NOTES,
                              .p_filesz = size,
                              .p_memsz = size,
                              .p_align = 4}};
    Elf64_Shdr section = {.sh_type = SHT_NOTE, .sh_offset = NOTES, .sh_size = size};

    memset(file, 0, FILE_SIZE);
    if (in_section) {
        header.e_shoff = NOTES - sizeof(section);
        header.e_shentsize = sizeof(section);
        header.e_shnum = 1;
        memcpy(file + header.e_shoff, &section, sizeof(section));
    }
    memcpy(file, &header, sizeof(header));
    memcpy(file + sizeof(header), segments, header.e_phnum * sizeof(segments[0]));
    if (size > 0)
        memcpy(file + NOTES, notes, size);
}

static void try_notes(const uint8_t *notes, size_t size)
{
    static uint8_t file[FILE_SIZE];
    const void *found[2];
    size_t found_size[2];

    for (int in_section = 0; in_section < 2; in_section++) {
        make_file(file, notes, size, in_section);
        found[in_section] = try_image(file, FILE_SIZE, &found_size[in_section]);
    }
    check(found[0] == found[1] && found_size[0] == found_size[1], "the same note either way");
    check(!found[0] || (const uint8_t *)found[0] + found_size[0] <= file + NOTES + size,
          "inside the notes");
}

/* One note of ours whose text is the input, behind one of another's: it must be found. */
static void try_text(const uint8_t *text, size_t size)
{
    static uint8_t file[FILE_SIZE], notes[FILE_SIZE];
    const Elf64_Nhdr other = {.n_namesz = 4, .n_descsz = 4, .n_type = 3};
    const Elf64_Nhdr ours = {sizeof(NOTE_OWNER), (Elf64_Word)size, NOTE_CONFIG};
    uint8_t *at = notes;
    const void *found;
    size_t found_size;

    memset(notes, 0, sizeof(notes));
    memcpy(at, &other, sizeof(other));
    at += sizeof(other) + 8;
    memcpy(at, &ours, sizeof(ours));
    memcpy(at + sizeof(ours), NOTE_OWNER, sizeof(NOTE_OWNER));
    at += sizeof(ours) + 8;
    if (size > 0)
        memcpy(at, text, size);
    make_file(file, notes, (size_t)(at - notes) + size, 1);
    found = try_image(file, FILE_SIZE, &found_size);
    check(found == file + NOTES + (at - notes) && found_size == size, "a note in order is found");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *file = malloc(size ? size : 1);
    size_t found;

    if (!file)
        return 0;
    if (size > 0)
        memcpy(file, data, size);
    try_image(file, size, &found);
    free(file);
    if (size <= FILE_SIZE - NOTES - 128) {
        try_notes(data, size);
        try_text(data, size);
    }
    return 0;
}
