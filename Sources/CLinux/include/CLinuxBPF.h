#pragma once
// bpf.c: programs that decide about devices in a cgroup v2 (bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE).
#include <stddef.h>
#include <stdint.h>

// Returns the program's descriptor, close-on-exec. `instructions` are `struct bpf_insn`.
int berth_bpf_load_device_program(const uint64_t *instructions, size_t count);
// Beside others of the group, or in the place of `former` unless that is −1.
int berth_bpf_attach_device_program(int cgroup, int program, int former);
// Ids of the group's programs; `count` is the room at first, then how many there are.
int berth_bpf_query_device_programs(int cgroup, uint32_t *ids, uint32_t *count);
int berth_bpf_open_program(uint32_t id);
