#pragma once

/// Keeps the process's memory from core files and from other processes of the same user. Root can still read it.
void cwipe_forbid_dumps(void);

/// Keeps the process's memory, now and later, out of swap. False where this user may not lock that much: then nothing
/// is locked, since under a limit an allocation beyond it would fail.
_Bool cwipe_lock_memory(void);
