#define _GNU_SOURCE
#include "CLinuxHeap.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>

extern const ElfW(Ehdr) __ehdr_start;  // Made by the linker: the start of the file as it is mapped.

void berth_trim_heap(void) { malloc_trim(0); }

void berth_forget_stack(size_t depth) {
    char here;
    // Two pages stay for this call and a signal's frame. Parts of the range that are not mapped are no harm.
    uintptr_t end = ((uintptr_t)&here & ~(uintptr_t)4095) - 8192;
    madvise((void *)(end - depth), depth, MADV_DONTNEED);
}

void berth_forget_program(void) {
    const char *file = (const char *)&__ehdr_start;
    const ElfW(Phdr) *headers = (const ElfW(Phdr) *)(file + __ehdr_start.e_phoff);
    // The first one that is loaded begins with the file itself.
    const char *base = NULL;
    for (int i = 0; i < __ehdr_start.e_phnum; i++) {
        if (headers[i].p_type != PT_LOAD) continue;
        if (base == NULL) base = file - headers[i].p_vaddr;
        if (headers[i].p_flags & PF_W) continue;
        uintptr_t start = (uintptr_t)(base + headers[i].p_vaddr) & ~(uintptr_t)4095;
        uintptr_t end = ((uintptr_t)(base + headers[i].p_vaddr) + headers[i].p_memsz) & ~(uintptr_t)4095;
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
}
