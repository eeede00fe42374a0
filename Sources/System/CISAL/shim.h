#pragma once
#include <isa-l/igzip_lib.h>
// A macro of macros, which Swift does not import.
static const unsigned berth_isal_level2_buffer = ISAL_DEF_LVL2_DEFAULT;
