/*
 * What the processes of a machine do with its frames: a word for each 4 KiB page of RAM, shared by
 * all, changed by the holder of the CPU token. It answers one question: may a private copy of the
 * page stand for it, that is, can nobody write to it?
 *
 * Page tables are the truth about who can; the word remembers the one mapping through which someone
 * may have, and what it says about that is checked against the tables when it matters. Where one
 * word is too little to remember, the frame is barred until the tables of all VSpaces say that
 * nobody else can write. Nothing is remembered beyond the frame's life: what is retyped begins
 * anew.
 */
#ifndef SEL4UX_STUB_FRAMES_H
#define SEL4UX_STUB_FRAMES_H

#include "stub/stub.h"

/* In the zygote and in programs that it executes. False: the host has no memory file. */
bool frames_make(uint64_t memory_size);
bool frames_map(uint64_t memory_size);

/* This process has mapped [vaddr, vaddr + size), which is [frame, frame + size), for writing. */
void frames_writable(struct lane *lane, uint64_t vaddr, paddr frame, uint64_t size);

/* Whether this process may put a private copy of the page at `vaddr`; it does so if it may. */
bool frames_copy(struct lane *lane, uint64_t vaddr, paddr frame);

/* The copy is gone again. */
void frames_copy_gone(struct lane *lane, uint64_t vaddr, paddr frame);

/* Whether copies of the page still are as good as the page. */
bool frames_is_copied(paddr frame);

/* The page is data: no copy may stand for it any more, nor for a while. */
void frames_written(struct lane *lane, paddr frame);

/* The same through the mapping of its copy, which may be copied again at once if it is the only
 * one. */
void frames_written_here(struct lane *lane, uint64_t vaddr, paddr frame);

/* The host has written these bytes: the pages' copies are as good as gone. */
void frames_filled(struct lane *lane, paddr start, uint64_t size);

/* The frames there are no more; their memory holds zeroes. Whole pages. */
void frames_cleared(paddr start, uint64_t size);

#endif
