/*
 * Programs: which regions an ELF file asks for. Pages come from the file when they are used.
 */
#pragma once

#include "file.h"
#include "space.h"

/* 0 and the entry point, or -SOS_EEXEC. Whatever the file holds, regions end below the heap. */
long program_load(struct space *space, struct inode *file, seL4_Word *entry);
