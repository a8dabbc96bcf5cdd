"""One till, one owner of its journal: the lock that a second process runs into."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from firmware_bridge.journal.errors import JournalError, JournalLocked


class Lock:
    """The owner's lock: `<journal>.lock` beside the file, held by the process and freed by the kernel when it ends."""

    def __init__(self, path: Path) -> None:
        """Take the lock. Raises JournalLocked, naming the process that holds it, or JournalError."""
        try:
            self._file = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise JournalError(
                f"The journal {path} cannot be locked: {error.strerror}; nothing was changed."
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._file, 20).decode("ascii", "replace").strip()
            os.close(self._file)
            who = f" (process {holder})" if holder.isdigit() else ""
            raise JournalLocked(
                f"The journal {path} is in use by another process{who}; nothing was changed, stop that one first."
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def free(self) -> None:
        """Give the lock back. The side file stays: removing it would let two owners in."""
        os.close(self._file)
