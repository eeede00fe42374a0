#pragma once
// For a process that lives long after it did much: malloc.h is not in Swift's Glibc module, and the stack's and the
// program's addresses are C's to name.
#include <stddef.h>

// malloc_trim(3) of everything that is free.
void berth_trim_heap(void);
// Gives back `depth` bytes of stack below the caller, which were used by calls that have returned.
void berth_forget_stack(size_t depth);
// Unmaps the program's text and constants (madvise(2), MADV_DONTNEED on a file's pages): what is used again comes back
// from the page cache, what was used only once is not counted as this process's.
void berth_forget_program(void);
