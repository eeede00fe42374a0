#pragma once
// pipe2(2) is behind _GNU_SOURCE, which is not defined for Swift's Glibc module.

// A pipe, both ends close-on-exec.
int berth_pipe(int ends[2]);
