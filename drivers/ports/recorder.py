"""Behind a recorded port: lines into a file, by a thread of their own, so that no disk slows a printer down."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

log = logging.getLogger(__name__)

#: Bytes of one recording. A day of receipts is a few of these.
LIMIT: Final = 16 * 1024 * 1024
_BEHIND: Final = 10_000
_PATIENCE: Final = 2.0
_MODE: Final = 0o600

#: Path and flags to a descriptor; raises OSError.
Opener = Callable[[Path, int], int]


def plain_open(path: Path, flags: int) -> int:
    """Open for nobody but the file's owner, and through no symbolic link."""
    return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, _MODE)


class Recorder:
    """Appends lines to `path`, after `header`. `ending(why)` makes the line that ends a recording at its bound.

    `put` and `stop` may be called from any thread, never wait for the disk (stop: at most 2 s) and never raise.
    """

    def __init__(
        self, path: Path, header: bytes, ending: Callable[[str], bytes], *, limit: int = LIMIT, opener: Opener
    ) -> None:
        self._path = path
        self._header = header
        self._ending = ending
        self._limit = limit
        self._opener = opener
        self._written = 0
        self._over = False
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def put(self, line: bytes) -> None:
        """One more line; dropped when the recording has ended."""
        with self._lock:
            if self._over:
                return
            if self._queue.qsize() >= _BEHIND:
                self._give_up("the disk is too slow")
                return
            if self._thread is None and not self._start():
                return
            self._queue.put(line)

    def _start(self) -> bool:
        thread = threading.Thread(target=self._serve, name=f"recording-{self._path.name}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self._give_up(str(error))
            return False
        self._thread = thread
        return True

    def stop(self) -> None:
        """Write what is waiting and close the file; `put` opens it again."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            self._queue.put(None)
        thread.join(_PATIENCE)
        if thread.is_alive():
            self._give_up("the disk is too slow")

    def _give_up(self, why: str) -> None:
        """Under the lock, or by the one thread that writes."""
        if not self._over:
            self._over = True
            log.warning(
                "the recording %s ends: %s; the port goes on", self._path, why, extra={"kind": "recording-ended"}
            )

    # --- the writing thread -------------------------------------------------------------------------------------

    def _serve(self) -> None:
        try:
            with self._opened() as file:
                while (line := self._queue.get()) is not None:
                    self._write(file, line)
                    if self._queue.empty():
                        file.flush()
        except OSError as error:
            self._give_up(error.strerror or str(error))
        if self._over:
            with contextlib.suppress(queue.Empty):
                while self._queue.get_nowait() is not None:
                    pass  # what stood behind the end is nobody's

    def _opened(self) -> BinaryIO:
        if self._written:
            return os.fdopen(self._opener(self._path, os.O_WRONLY | os.O_APPEND), "ab")
        self._keep_the_former()
        file = os.fdopen(self._opener(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb")
        self._written += file.write(self._header)
        return file

    def _keep_the_former(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(self._path.lstat().st_mode):
                raise OSError(f"{self._path} is no file")
            self._path.replace(self._path.with_name(self._path.name + ".1"))

    def _write(self, file: BinaryIO, line: bytes) -> None:
        if self._over:
            return
        last = self._ending(f"the recording is cut here: it may have {self._limit} bytes")
        if self._written + len(line) + len(last) > self._limit:
            self._written += file.write(last)
            self._give_up(f"it has reached {self._limit} bytes")
            return
        self._written += file.write(line)
