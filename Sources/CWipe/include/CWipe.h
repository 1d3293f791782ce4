#pragma once

/// Keeps the process's memory from core files and from other processes of the same user. Root can still read it.
void cwipe_forbid_dumps(void);

/// Keeps the process's memory, present and future, out of swap. Returns false if this user may not lock that much: then
/// nothing is locked, since an allocation beyond a limit would fail.
_Bool cwipe_lock_memory(void);
