/*
 * The RAM back end's names: a tree of nodes, each a file or a folder. ram.c has the contents.
 *
 * A node lives as long as it has a name or is open. Paths are copied before they are looked at: the
 * client can change them at any time.
 */
#pragma once

#include "backend.h"

#define TREE_NODES    512
#define TREE_NAME_MAX 64 /* without an end */
#define TREE_ROOT     0u

struct node {
    bool used, folder, named;
    unsigned short parent;
    unsigned short users; /* open files */
    unsigned short name_length;
    char name[TREE_NAME_MAX];
    seL4_Word size;
    unsigned int first; /* block of the content, 0: none */
    /* where the last access was, to go on from there */
    unsigned int near_block;
    seL4_Word near_index;
};

extern struct node tree_nodes[TREE_NODES];

void tree_init(void);

/* A path's last name in its folder. */
struct place {
    struct node *folder;
    struct node *node; /* NULL: there is none of that name */
    const char *name;
    size_t length; /* 0: the path is the root folder itself */
};

/* Where a path leads; 0 or an error. `copy` (SEL4UX_HOST_PATH_MAX bytes) holds the names. */
long tree_find(struct file_range path, char *copy, struct place *place);

/* A node at a place where there is none. NULL: no room, or not a name. */
struct node *tree_add(const struct place *place, bool folder);

/* Whether a folder has anything in it. */
bool tree_is_empty(const struct node *folder);

/* Whether `node` is `folder` or lies below it. */
bool tree_is_below(const struct node *node, const struct node *folder);

/* Gives a node the name of a place. */
void tree_move(struct node *node, const struct place *place);

static inline unsigned int tree_number(const struct node *node)
{
    return (unsigned int)(node - tree_nodes);
}
