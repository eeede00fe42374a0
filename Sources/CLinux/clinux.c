#define _GNU_SOURCE
#include "CLinux.h"

int berth_clinux_version(void) { return 1; }
