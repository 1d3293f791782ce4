#pragma once

/// Keeps the process's memory from core files and from other processes of the same user. Root can still read it.
void cwipe_forbid_dumps(void);
