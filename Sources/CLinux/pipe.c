#define _GNU_SOURCE
#include "CLinuxPipe.h"

#include <fcntl.h>
#include <unistd.h>

int berth_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
