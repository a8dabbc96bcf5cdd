"""How much room the journal's partition has left, so that a sale is refused before the disk is full, not by it."""

from __future__ import annotations

import os
from pathlib import Path


def free_share(path: str | Path) -> float:
    """Return the share (0 to 1) of the partition under `path` that an unprivileged process may still fill.

    `path` may be a file that does not exist yet; its directory counts. Raises OSError when that does not exist.
    """
    place = Path(path)
    found = os.statvfs(place if place.exists() else place.parent)
    return found.f_bavail / found.f_blocks if found.f_blocks else 0.0
