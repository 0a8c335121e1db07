/*
 * The name server, the file server and the client of heavy.h.
 */
#include "heavy.h"

#define NAMES      8
#define FILES      16
#define FILE_WORDS 512

struct name {
    seL4_Word words[NAME_WORDS];
};

static struct heavy_page *const page = (struct heavy_page *)HEAVY_PAGE;

static void read_name(struct name *name)
{
    for (int i = 0; i < NAME_WORDS; i++)
        name->words[i] = seL4_GetMR(i);
}

static void set_name(const char *text)
{
    struct name name = {{0}};

    memcpy(&name, text, strlen(text));
    for (int i = 0; i < NAME_WORDS; i++)
        seL4_SetMR(i, name.words[i]);
}

static seL4_MessageInfo_t answer(bool right, seL4_Word caps, seL4_Word length)
{
    if (!right)
        page->errors++;
    return seL4_MessageInfo_new(!right, 0, right ? caps : 0, right ? length : 0);
}

/* The index of a name among `count`, or `count`. */
static seL4_Word find(const struct name *names, seL4_Word count, const struct name *name)
{
    seL4_Word i = 0;

    while (i < count && memcmp(&names[i], name, sizeof(*name)) != 0)
        i++;
    return i;
}

/* ------------------------------------------------------------------ name server */

static struct name names[NAMES];
static seL4_Word name_count;

static seL4_MessageInfo_t names_serve(seL4_MessageInfo_t message)
{
    struct name name;
    seL4_Word i;

    read_name(&name);
    i = find(names, name_count, &name);
    switch (seL4_MessageInfo_get_label(message)) {
    case NAMES_REGISTER:
        if (seL4_MessageInfo_get_extraCaps(message) != 1 || i != name_count || i == NAMES)
            return answer(false, 0, 0);
        names[name_count++] = name;
        seL4_SetCapReceivePath(SLOT_CNODE, SLOT_TAKEN + name_count, CHILD_RADIX);
        return answer(true, 0, 0);
    case NAMES_LOOKUP:
        if (i < name_count)
            seL4_SetCap(0, SLOT_TAKEN + i);
        return answer(i < name_count, 1, 0);
    default:
        return answer(false, 0, 0);
    }
}

/* ------------------------------------------------------------------ file server */

static struct file {
    seL4_Word size, opened, words[FILE_WORDS];
} files[FILES];
static struct name file_names[FILES];
static seL4_Word file_count;

static seL4_MessageInfo_t files_open(void)
{
    struct name name;
    seL4_Word i;

    read_name(&name);
    i = find(file_names, file_count, &name);
    if (i == FILES)
        return answer(false, 0, 0);
    if (i == file_count)
        file_names[file_count++] = name;
    files[i].opened++;
    seL4_SetMR(0, i);
    return answer(true, 0, 1);
}

static seL4_MessageInfo_t files_write(struct file *file, seL4_Word offset, seL4_Word count)
{
    if (offset > FILE_WORDS || count > FILE_WORDS - offset)
        return answer(false, 0, 0);
    for (seL4_Word i = 0; i < count; i++)
        file->words[offset + i] = seL4_GetMR((int)(2 + i));
    if (file->size < offset + count)
        file->size = offset + count;
    return answer(true, 0, 0);
}

static seL4_MessageInfo_t files_read(const struct file *file, seL4_Word offset, seL4_Word count)
{
    if (offset > file->size || count > file->size - offset || count > seL4_MsgMaxLength)
        return answer(false, 0, 0);
    for (seL4_Word i = 0; i < count; i++)
        seL4_SetMR((int)i, file->words[offset + i]);
    return answer(true, 0, count);
}

static seL4_MessageInfo_t files_serve(seL4_MessageInfo_t message)
{
    seL4_Word label = seL4_MessageInfo_get_label(message), handle = seL4_GetMR(0);
    seL4_Word length = seL4_MessageInfo_get_length(message);
    struct file *file = &files[handle % FILES];

    if (label == FILES_OPEN)
        return files_open();
    if (handle >= file_count || !file->opened)
        return answer(false, 0, 0);
    switch (label) {
    case FILES_WRITE:
        return length < 2 ? answer(false, 0, 0) : files_write(file, seL4_GetMR(1), length - 2);
    case FILES_READ:
        return files_read(file, seL4_GetMR(1), seL4_GetMR(2));
    case FILES_STAT:
        seL4_SetMR(0, file->size);
        return answer(true, 0, 1);
    case FILES_CLOSE:
        file->opened--;
        return answer(true, 0, 0);
    default:
        return answer(false, 0, 0);
    }
}

/* ------------------------------------------------------------------ both servers */

__attribute__((noreturn)) static void serve(seL4_MessageInfo_t (*one)(seL4_MessageInfo_t))
{
    seL4_MessageInfo_t message = seL4_Recv(SLOT_OWN, NULL);

    for (;;) {
        seL4_MessageInfo_t reply = one(message);

        page->count++;
        message = seL4_ReplyRecv(SLOT_OWN, reply, NULL);
    }
}

static void register_files(void)
{
    set_name("files");
    seL4_SetCap(0, SLOT_OWN);
    if (seL4_MessageInfo_get_label(
            seL4_Call(SLOT_NAMES, seL4_MessageInfo_new(NAMES_REGISTER, 0, 1, NAME_WORDS))) != 0)
        page->errors++;
}

/* ------------------------------------------------------------------ client */

/* A request; false if the answer is not as long as it must be. */
static bool request(seL4_CPtr server, seL4_Word label, seL4_Word length, seL4_Word caps,
                    seL4_Word answer_length)
{
    seL4_MessageInfo_t reply = seL4_Call(server, seL4_MessageInfo_new(label, 0, 0, length));
    bool right = seL4_MessageInfo_get_label(reply) == 0 &&
                 seL4_MessageInfo_get_extraCaps(reply) == caps &&
                 seL4_MessageInfo_get_length(reply) == answer_length;

    page->count++;
    if (!right)
        page->errors++;
    return right;
}

static seL4_Word content(seL4_Word round, seL4_Word block, seL4_Word i)
{
    return (round * BLOCKS + block) * BLOCK_WORDS + i;
}

static void write_block(seL4_Word handle, seL4_Word round, seL4_Word block)
{
    seL4_SetMR(0, handle);
    seL4_SetMR(1, block * BLOCK_WORDS);
    for (seL4_Word i = 0; i < BLOCK_WORDS; i++)
        seL4_SetMR((int)(2 + i), content(round, block, i));
    request(SLOT_TAKEN, FILES_WRITE, 2 + BLOCK_WORDS, 0, 0);
}

static void read_block(seL4_Word handle, seL4_Word round, seL4_Word block)
{
    seL4_SetMR(0, handle);
    seL4_SetMR(1, block * BLOCK_WORDS);
    seL4_SetMR(2, BLOCK_WORDS);
    if (!request(SLOT_TAKEN, FILES_READ, 3, 0, BLOCK_WORDS))
        return;
    for (seL4_Word i = 0; i < BLOCK_WORDS; i++) {
        if (seL4_GetMR((int)i) != content(round, block, i)) {
            page->errors++;
            return;
        }
    }
}

static void one_round(seL4_Word round)
{
    char name[] = "file a";
    seL4_Word handle;

    set_name("files");
    request(SLOT_NAMES, NAMES_LOOKUP, NAME_WORDS, 1, 0);
    name[5] = (char)('a' + round % FILES);
    set_name(name);
    request(SLOT_TAKEN, FILES_OPEN, NAME_WORDS, 0, 1);
    handle = seL4_GetMR(0);
    for (seL4_Word block = 0; block < BLOCKS; block++)
        write_block(handle, round, block);
    for (seL4_Word block = 0; block < BLOCKS; block++)
        read_block(handle, round, block);
    seL4_SetMR(0, handle);
    request(SLOT_TAKEN, FILES_STAT, 1, 0, 1);
    if (seL4_GetMR(0) != BLOCKS * BLOCK_WORDS)
        page->errors++;
    seL4_SetMR(0, handle);
    request(SLOT_TAKEN, FILES_CLOSE, 1, 0, 0);
    if (seL4_CNode_Delete(SLOT_CNODE, SLOT_TAKEN, CHILD_RADIX) != seL4_NoError)
        page->errors++;
}

__attribute__((noreturn)) static void client(void)
{
    for (seL4_Word round = 0;;) {
        seL4_Word start = cycles();

        for (int i = 0; i < HEAVY_ROUNDS; i++)
            one_round(round++);
        seL4_SetMR(0, cycles() - start);
        seL4_Call(CHILD_ENDPOINT, seL4_MessageInfo_new(LABEL_REPORT, 0, 0, 1));
    }
}

int main(void)
{
    seL4_SetCapReceivePath(SLOT_CNODE, SLOT_TAKEN, CHILD_RADIX);
    switch ((enum heavy_role)page->role) {
    case HEAVY_NAMES:
        serve(names_serve);
    case HEAVY_FILES:
        register_files();
        serve(files_serve);
    default:
        client();
    }
}
