"""Counts which of the texts on standard input, one a line, are anywhere in the writable memory of a process.

A text counts when its middle, 16 bytes of it, is found: a piece is as bad as the whole.
"""

import re
import sys


def areas(process):
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for line in maps:
            area = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if not area:
                continue
            start, end = (int(bound, 16) for bound in area.groups())
            try:
                memory.seek(start)
                yield memory.read(end - start)
            except OSError:
                continue


def found(needles, image):
    """Needles that begin alike are looked for in one pass."""
    by_start = {}
    for needle in needles:
        by_start.setdefault(needle[:8], set()).add(needle)
    present = set()
    for start, wanted in by_start.items():
        for area in image:
            at = area.find(start)
            while at >= 0:
                if area[at : at + 16] in wanted:
                    present.add(area[at : at + 16])
                at = area.find(start, at + 1)
    return present


image = list(areas(int(sys.argv[1])))
needles = [line.rstrip("\n").encode()[8:24] for line in sys.stdin]
print(sum(map(len, image)), len(found(needles, image)))
