/*
 * Files in the server's memory: for machines without a host, real ones for instance.
 *
 * The memory is large pages in a row, cut into blocks. A file's blocks are chained: next_block[]
 * has for each the one behind it. Blocks are numbered from 1 on. What lies between a file's old end
 * and a write beyond it is zeroes.
 */
#include "tree.h"

#define BLOCK      4096ul
#define MAX_BLOCKS 32768u /* 128 MiB */

static unsigned int next_block[MAX_BLOCKS + 1];
static unsigned int free_blocks; /* a chain */
static struct node *open_nodes[FILE_FILES];

static char *data_of(unsigned int block)
{
    return (char *)SERVER_MEMORY_ADDRESS + (block - 1) * BLOCK;
}

/* Word 1: large pages of memory. */
static long ram_start(const seL4_Word *words)
{
    seL4_Word blocks = words[1] * (SERVER_BUFFER_MAX / BLOCK);

    if (blocks > MAX_BLOCKS)
        return -SERVER_TOO_LARGE;
    for (unsigned int b = (unsigned int)blocks; b > 0; b--) {
        next_block[b] = free_blocks;
        free_blocks = b;
    }
    tree_init();
    return 0;
}

/* -------------------------------------------------------------- blocks */

static unsigned int take_block(void)
{
    unsigned int block = free_blocks;

    if (block) {
        free_blocks = next_block[block];
        next_block[block] = 0;
        memset(data_of(block), 0, BLOCK);
    }
    return block;
}

static void free_chain(unsigned int block)
{
    while (block) {
        unsigned int next = next_block[block];

        next_block[block] = free_blocks;
        free_blocks = block;
        block = next;
    }
}

/* Block `index` of a file; with `make`, what is missing up to it is added. 0: there is none. */
static unsigned int block_at(struct node *node, seL4_Word index, bool make)
{
    unsigned int block = node->first;
    seL4_Word at = 0;

    if (!block && make)
        block = node->first = take_block();
    if (node->near_block && node->near_index <= index) {
        block = node->near_block;
        at = node->near_index;
    }
    for (; block && at < index; at++) {
        if (!next_block[block] && make)
            next_block[block] = take_block();
        block = next_block[block];
    }
    if (block) {
        node->near_block = block;
        node->near_index = index;
    }
    return block;
}

/* Content from `size` on is gone; a block that stays is zeroes behind it. */
static void cut(struct node *node, seL4_Word size)
{
    seL4_Word keep = (size + BLOCK - 1) / BLOCK;
    unsigned int last;

    node->near_block = 0;
    if (keep == 0) {
        free_chain(node->first);
        node->first = 0;
        return;
    }
    last = block_at(node, keep - 1, false);
    if (!last)
        return;
    free_chain(next_block[last]);
    next_block[last] = 0;
    if (size % BLOCK)
        memset(data_of(last) + size % BLOCK, 0, BLOCK - size % BLOCK);
}

static size_t piece(seL4_Word position, size_t bytes)
{
    size_t rest = BLOCK - position % BLOCK;

    return bytes < rest ? bytes : rest;
}

/* -------------------------------------------------------------- content */

static long ram_read(unsigned int file, struct file_range to, seL4_Word position)
{
    struct node *node = open_nodes[file];
    size_t bytes = to.frame.length, done = 0;

    if (node->folder)
        return -SERVER_IS_DIRECTORY;
    if (position >= node->size)
        return 0;
    if (bytes > node->size - position)
        bytes = node->size - position;
    for (size_t n; done < bytes; done += n) {
        unsigned int block = block_at(node, (position + done) / BLOCK, false);

        n = piece(position + done, bytes - done);
        if (block)
            memcpy(to.at + done, data_of(block) + (position + done) % BLOCK, n);
        else
            memset(to.at + done, 0, n);
    }
    return (long)done;
}

static long ram_write(unsigned int file, struct file_range from, seL4_Word position)
{
    struct node *node = open_nodes[file];
    size_t bytes = from.frame.length, done = 0;

    if (bytes && position > MAX_BLOCKS * BLOCK)
        return -SERVER_TOO_LARGE;
    for (size_t n; done < bytes; done += n) {
        unsigned int block = block_at(node, (position + done) / BLOCK, true);

        n = piece(position + done, bytes - done);
        if (!block)
            break;
        memcpy(data_of(block) + (position + done) % BLOCK, from.at + done, n);
    }
    if (done && position + done > node->size)
        node->size = position + done;
    if (done < bytes)
        cut(node, node->size); /* blocks that were added for nothing */
    return done || !bytes ? (long)done : -SERVER_NO_SPACE;
}

static long ram_truncate(unsigned int file, seL4_Word size)
{
    struct node *node = open_nodes[file];

    if (size > MAX_BLOCKS * BLOCK)
        return -SERVER_TOO_LARGE;
    if (size < node->size)
        cut(node, size);
    node->size = size;
    return 0;
}

static long ram_sync(unsigned int file)
{
    (void)file;
    return 0;
}

/* -------------------------------------------------------------- nodes */

static char path_copy[2][SEL4UX_HOST_PATH_MAX];

static void collect(struct node *node)
{
    if (node->named || node->users)
        return;
    cut(node, 0);
    node->used = false;
}

static void unname(struct node *node)
{
    node->named = false;
    collect(node);
}

static void give_status(const struct node *node, struct sel4ux_host_status *status)
{
    *status = (struct sel4ux_host_status){
        .kind = node->folder ? SEL4UX_HOST_DIRECTORY : SEL4UX_HOST_FILE,
        .size = node->size,
        .writable = 1,
    };
}

static long ram_open(seL4_Word root, unsigned int file, struct file_range path, seL4_Word flags)
{
    bool folder = flags & SEL4UX_HOST_OPEN_DIRECTORY, create = flags & SEL4UX_HOST_OPEN_CREATE;
    struct place place;
    long error = tree_find(path, path_copy[0], &place);
    struct node *node = place.node;

    (void)root;
    if (error)
        return error;
    if ((flags & (SEL4UX_HOST_OPEN_CREATE | SEL4UX_HOST_OPEN_TRUNCATE)) &&
        (folder || !(flags & SEL4UX_HOST_OPEN_WRITE)))
        return -SERVER_BAD_ARGUMENT;
    if (!node && !create)
        return -SERVER_NOT_FOUND;
    if (node && node->folder != folder)
        return folder ? -SERVER_NOT_DIRECTORY : -SERVER_IS_DIRECTORY;
    if (node && create && (flags & SEL4UX_HOST_OPEN_EXCLUSIVE))
        return -SERVER_EXISTS;
    if (!node)
        node = tree_add(&place, false);
    if (!node)
        return place.length > TREE_NAME_MAX ? -SERVER_BAD_PATH : -SERVER_NO_SPACE;
    if (flags & SEL4UX_HOST_OPEN_TRUNCATE) {
        cut(node, 0);
        node->size = 0;
    }
    node->users++;
    open_nodes[file] = node;
    return 0;
}

static void ram_close(unsigned int file)
{
    struct node *node = open_nodes[file];

    open_nodes[file] = NULL;
    node->users--;
    collect(node);
}

static long ram_stat(unsigned int file, struct sel4ux_host_status *status)
{
    give_status(open_nodes[file], status);
    return 0;
}

static long ram_stat_path(seL4_Word root, struct file_range path, struct sel4ux_host_status *status)
{
    struct place place;
    long error = tree_find(path, path_copy[0], &place);

    (void)root;
    if (error || !place.node)
        return error ? error : -SERVER_NOT_FOUND;
    give_status(place.node, status);
    return 0;
}

/* -------------------------------------------------------------- folders */

/* The cookie is the number of the node that was looked at last. */
static long ram_list(seL4_Word root, unsigned int file, struct file_range entries,
                     seL4_Word *cookie)
{
    unsigned int folder = file ? tree_number(open_nodes[file]) : TREE_ROOT;
    size_t done = 0;

    (void)root;
    if (!tree_nodes[folder].folder)
        return -SERVER_NOT_DIRECTORY;
    for (seL4_Word i = *cookie + 1; i < TREE_NODES; i++) {
        const struct node *node = &tree_nodes[i];
        size_t length = (sizeof(struct sel4ux_host_entry) + node->name_length + 7) & ~7ul;
        struct sel4ux_host_entry *entry = (void *)(entries.at + done);

        if (!node->named || node->parent != folder) {
            *cookie = i;
            continue;
        }
        if (length > entries.frame.length - done)
            return done ? (long)done : -SERVER_BAD_ARGUMENT;
        entry->kind = node->folder ? SEL4UX_HOST_DIRECTORY : SEL4UX_HOST_FILE;
        entry->size = node->size;
        entry->modified = 0;
        entry->length = (seL4_Uint16)length;
        entry->name_length = node->name_length;
        memcpy(entry->name, node->name, node->name_length);
        done += length;
        *cookie = i;
    }
    return (long)done;
}

static long ram_make_directory(seL4_Word root, struct file_range path)
{
    struct place place;
    long error = tree_find(path, path_copy[0], &place);

    (void)root;
    if (error)
        return error;
    if (place.node)
        return -SERVER_EXISTS;
    if (place.length > TREE_NAME_MAX)
        return -SERVER_BAD_PATH;
    return tree_add(&place, true) ? 0 : -SERVER_NO_SPACE;
}

/* Whether a node may lose its name. */
static long removable(const struct place *place)
{
    if (!place->node)
        return -SERVER_NOT_FOUND;
    if (place->length == 0)
        return -SERVER_BAD_PATH;
    return place->node->folder && !tree_is_empty(place->node) ? -SERVER_NOT_EMPTY : 0;
}

static long ram_remove(seL4_Word root, struct file_range path)
{
    struct place place;
    long error = tree_find(path, path_copy[0], &place);

    (void)root;
    if (!error)
        error = removable(&place);
    if (!error)
        unname(place.node);
    return error;
}

/* Whether `old` may take the place of what is at `new`. */
static long replaceable(const struct node *old, const struct place *new)
{
    if (new->length == 0 || new->length > TREE_NAME_MAX)
        return -SERVER_BAD_PATH;
    if (old->folder && tree_is_below(new->folder, old))
        return -SERVER_BAD_ARGUMENT;
    if (!new->node || new->node == old)
        return 0;
    if (old->folder != new->node->folder)
        return old->folder ? -SERVER_NOT_DIRECTORY : -SERVER_IS_DIRECTORY;
    return removable(new);
}

static long ram_rename(seL4_Word root, struct file_range paths, seL4_Word first)
{
    struct file_range from = paths, to = paths;
    struct place old, new;
    long error;

    (void)root;
    from.frame.length = first;
    to.at += first;
    to.frame.length -= first;
    error = tree_find(from, path_copy[0], &old);
    if (!error && !old.node)
        error = -SERVER_NOT_FOUND;
    if (!error && old.length == 0)
        error = -SERVER_BAD_PATH;
    if (!error)
        error = tree_find(to, path_copy[1], &new);
    if (!error)
        error = replaceable(old.node, &new);
    if (error || new.node == old.node)
        return error;
    if (new.node)
        unname(new.node);
    tree_move(old.node, &new);
    return 0;
}

static long ram_direct(unsigned int file, bool writable, seL4_CPtr *cap)
{
    (void)file;
    (void)writable;
    (void)cap;
    return -SERVER_NOT_SUPPORTED;
}

const struct file_backend_ops file_ram = {
    .start = ram_start,
    .open = ram_open,
    .close = ram_close,
    .read = ram_read,
    .write = ram_write,
    .stat = ram_stat,
    .stat_path = ram_stat_path,
    .truncate = ram_truncate,
    .sync = ram_sync,
    .list = ram_list,
    .make_directory = ram_make_directory,
    .remove = ram_remove,
    .rename = ram_rename,
    .direct = ram_direct,
};
