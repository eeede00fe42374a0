#define _GNU_SOURCE
#include "CLinuxHeap.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>

extern char __executable_start, etext;  // Made by the linker.

void berth_trim_heap(void) { malloc_trim(0); }

void berth_forget_stack(size_t depth) {
    char here;
    // Two pages stay for this call and a signal's frame. Parts of the range that are not mapped are no harm.
    uintptr_t end = ((uintptr_t)&here & ~(uintptr_t)4095) - 8192;
    madvise((void *)(end - depth), depth, MADV_DONTNEED);
}

void berth_forget_program(void) {
    uintptr_t start = (uintptr_t)&__executable_start & ~(uintptr_t)4095;
    uintptr_t end = (uintptr_t)&etext & ~(uintptr_t)4095;
    madvise((void *)start, end - start, MADV_DONTNEED);
}
