/* A set of inode numbers (open addressing). */
#include "native.h"

#include <stdlib.h>

static struct inode_entry *slot(const inode_set *set, uint64_t number) {
    size_t index = (number * UINT64_C(0x9E3779B97F4A7C15)) >> 20;
    for (;; index++) {
        struct inode_entry *entry = &set->entries[index & (set->capacity - 1)];
        if (!entry->used || entry->number == number) return entry;
    }
}

bool inode_set_has(const inode_set *set, uint64_t number) { return set->capacity && slot(set, number)->used; }

const char *inode_set_text(const inode_set *set, uint64_t number) {
    return set->capacity && slot(set, number)->used ? slot(set, number)->text : NULL;
}

static void grow(inode_set *set) {
    inode_set larger = { .capacity = set->capacity ? set->capacity * 2 : 256 };
    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    for (size_t i = 0; i < set->capacity; i++)
        if (set->entries[i].used) *slot(&larger, set->entries[i].number) = set->entries[i];
    larger.count = set->count;
    free(set->entries);
    *set = larger;
}

void inode_set_add(inode_set *set, uint64_t number, char *text) {
    if (set->count * 2 >= set->capacity) grow(set);
    struct inode_entry *entry = slot(set, number);
    if (entry->used) free(entry->text);
    else set->count++;
    *entry = (struct inode_entry){ number, text, true };
}

void inode_set_clear(inode_set *set) {
    for (size_t i = 0; i < set->capacity; i++) free(set->entries[i].text);
    free(set->entries);
    *set = (inode_set){ 0 };
}
