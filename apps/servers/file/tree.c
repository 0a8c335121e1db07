/* Names of files in memory, see tree.h. */
#include "tree.h"

struct node tree_nodes[TREE_NODES];

void tree_init(void)
{
    tree_nodes[TREE_ROOT] = (struct node){.used = true, .folder = true, .named = true};
}

static struct node *child(const struct node *folder, const char *name, size_t length)
{
    for (struct node *n = tree_nodes + 1; n < tree_nodes + TREE_NODES; n++) {
        if (n->named && n->parent == tree_number(folder) && n->name_length == length &&
            memcmp(n->name, name, length) == 0)
            return n;
    }
    return NULL;
}

/* Takes the next name of a path: its length, 0 at the end. */
static size_t next_name(const char *path, size_t bytes, size_t *at)
{
    size_t length = 0;

    while (*at < bytes && path[*at] == '/')
        ++*at;
    while (*at + length < bytes && path[*at + length] != '/')
        length++;
    return length;
}

/* One step; `.` and `..` are steps, too. False: it leads outside. */
static bool step(struct place *place, struct node *from, const char *name, size_t length)
{
    bool is_dot = length == 1 && name[0] == '.';
    bool is_up = length == 2 && name[0] == '.' && name[1] == '.';

    if (is_up && tree_number(from) == TREE_ROOT)
        return false;
    *place = (struct place){from, NULL, name, length};
    if (is_dot)
        place->node = from;
    else if (is_up)
        place->node = &tree_nodes[from->parent];
    else
        place->node = child(from, name, length);
    if (is_dot || is_up)
        place->length = 0;
    return true;
}

long tree_find(struct file_range path, char *copy, struct place *place)
{
    size_t bytes = path.frame.length, at = 0, length;

    if (bytes == 0 || bytes > SEL4UX_HOST_PATH_MAX)
        return -SERVER_BAD_PATH;
    memcpy(copy, path.at, bytes);
    if (copy[0] == '/')
        return -SERVER_BAD_PATH;
    for (size_t i = 0; i < bytes; i++) {
        if (copy[i] == 0)
            return -SERVER_BAD_PATH;
    }
    *place = (struct place){NULL, &tree_nodes[TREE_ROOT], copy, 0};
    for (; (length = next_name(copy, bytes, &at)) != 0; at += length) {
        if (!place->node)
            return -SERVER_NOT_FOUND;
        if (!place->node->folder)
            return -SERVER_NOT_DIRECTORY;
        if (!step(place, place->node, copy + at, length))
            return -SERVER_BAD_PATH;
    }
    return 0;
}

struct node *tree_add(const struct place *place, bool folder)
{
    if (place->length == 0 || place->length > TREE_NAME_MAX)
        return NULL;
    for (struct node *n = tree_nodes + 1; n < tree_nodes + TREE_NODES; n++) {
        if (n->used)
            continue;
        *n = (struct node){.used = true, .folder = folder};
        tree_move(n, place);
        return n;
    }
    return NULL;
}

bool tree_is_empty(const struct node *folder)
{
    for (struct node *n = tree_nodes + 1; n < tree_nodes + TREE_NODES; n++) {
        if (n->named && n->parent == tree_number(folder))
            return false;
    }
    return true;
}

bool tree_is_below(const struct node *node, const struct node *folder)
{
    for (; tree_number(node) != TREE_ROOT; node = &tree_nodes[node->parent]) {
        if (node == folder)
            return true;
    }
    return tree_number(folder) == TREE_ROOT;
}

void tree_move(struct node *node, const struct place *place)
{
    memcpy(node->name, place->name, place->length);
    node->name_length = (unsigned short)place->length;
    node->parent = (unsigned short)tree_number(place->folder);
    node->named = true;
}
