#include "CLinuxHeap.h"

#include <malloc.h>

void berth_trim_heap(void) { malloc_trim(0); }
