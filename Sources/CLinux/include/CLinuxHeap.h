#pragma once
// malloc.h is not in Swift's Glibc module.

// malloc_trim(3) of everything that is free.
void berth_trim_heap(void);
