#pragma once
// What Swift cannot import from libc: variadic calls, macros that are not constants, and what runs between
// a clone and an exec. _GNU_SOURCE is defined in the .c files only; in a header it clashes in debug builds.
#include <stddef.h>
#include <stdint.h>

int berth_clinux_version(void);
