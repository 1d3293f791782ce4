#pragma once
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static inline void cjansson_wipe(void *block, size_t size) { explicit_bzero(block, size); }

static inline void cjansson_free(void *block) {
    if (!block) return;
    explicit_bzero(block, malloc_usable_size(block));
    free(block);
}

/// Makes jansson wipe all memory that it frees. Must be called once, before anything else of jansson.
static inline void cjansson_wipe_on_free(void) { json_set_alloc_funcs(malloc, cjansson_free); }

// What Swift does not import: macros, and functions named like a type.
static inline json_type cjansson_type(const json_t *value) { return json_typeof(value); }
static inline json_t *cjansson_retain(json_t *value) { return json_incref(value); }
static inline void cjansson_release(json_t *value) { json_decref(value); }
static inline enum json_error_code cjansson_error(const json_error_t *error) { return json_error_code(error); }
