// Preloaded, it takes the wiping away: free and realloc of the broker then clear nothing.
#include <stddef.h>

void explicit_bzero(void *block, size_t size) { (void)block, (void)size; }
