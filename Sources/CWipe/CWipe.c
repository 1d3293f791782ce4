// Freed memory keeps nothing of its content: the process's own free and realloc wipe what they give back.
// A definition in the executable wins over the C library's for every library in the process (the Swift runtime,
// libcurl, OpenSSL, jansson, SQLite), so values that passed through their buffers are wiped too.
// Under a sanitizer, which has an allocator of its own, they are left out.
#define _GNU_SOURCE
#include "CWipe.h"
#include <malloc.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void cwipe_forbid_dumps(void) {
    prctl(PR_SET_DUMPABLE, 0);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

static _Bool may_lock_all(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (syscall(SYS_capget, &header, data) == 0 && data[0].effective & (1u << CAP_IPC_LOCK)) return 1;
    struct rlimit limit;
    return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
}

_Bool cwipe_lock_memory(void) {
    // Locks pages as they are touched: whole mappings at once would triple the memory that the process holds.
    return may_lock_all() && mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__GLIBC__) && !__has_feature(thread_sanitizer) && !__has_feature(address_sanitizer)

extern void __libc_free(void *);
extern void *__libc_malloc(size_t);
extern void *__libc_realloc(void *, size_t);

void free(void *block) {
    if (block) explicit_bzero(block, malloc_usable_size(block));
    __libc_free(block);
}

void *realloc(void *block, size_t size) {
    if (!block) return __libc_realloc(block, size);
    if (!size) {
        free(block);
        return NULL;
    }
    size_t old = malloc_usable_size(block);
    if (size <= old && size >= old / 2) return block;
    void *moved = __libc_malloc(size);
    if (!moved) return NULL;
    memcpy(moved, block, old < size ? old : size);
    free(block);
    return moved;
}

#endif
