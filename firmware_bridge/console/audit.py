"""Beside a till: what people did at the console, kept here until the till's journal has it.

Only the till writes its journal. An act is first appended here and synced, then told to the till under its id, and
only when the till has said that it holds it is it marked as told. Whatever is killed in between, it is told again, and
the till knows the id: nothing is lost and nothing stands there twice. The mark is a short cut and never the truth. With
the till dead the acts wait here, in order; what was handed over is put aside once it has grown, and the one before it
goes. Never a PIN, never a secret.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from firmware_bridge.console.pins import alone, write_atomically
from firmware_bridge.logs import Redactor, safe

Json = dict[str, Any]
What = Literal["SignedIn", "SignedOut", "SignInRefused", "SignInSlowed", "CommandDone"]
Tell = Callable[[Sequence[Json]], int]
"""Told acts, oldest first: how many of them, from the first on, the till has. Raises NotNow."""
AT_ONCE: Final = 50
"""Acts that the till is told at once."""
MOST_BYTES: Final = 4 << 20
"""Of acts that wait, about 15,000; wrong tries may fill half of it, so that they never crowd out what was done."""
ASIDE_BYTES: Final = 64 << 10
"""From this size on a file whose acts the till all has is put aside."""

_ROUNDS: Final = 10
_LONGEST: Final = 8192
_TRIES: Final = ("SignInRefused", "SignInSlowed")


class NotNow(Exception):
    """The till cannot be told now; the acts stay where they are."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An act that the till may not have, and where its line ends in the file (bytes)."""

    act: Json
    end: int


class Audit:
    """The acts of all consoles of one till. `redactor`: what may never be written. Every method raises OSError."""

    def __init__(
        self,
        path: Path,
        utc_ms: Callable[[], int],
        redactor: Redactor,
        new_id: Callable[[], str] = lambda: f"act-{uuid.uuid4().hex}",
    ) -> None:
        self._path = path
        self._mark_path = path.with_name(f"{path.name}.told")
        self._utc_ms = utc_ms
        self._redactor = redactor
        self._new_id = new_id

    def note(self, what: What, channel: str, person: str, **more: str | int) -> None:
        """One line, on the disk when this returns. `more`: `means`, `times`, `command` and `result` of the act."""
        at = datetime.fromtimestamp(self._utc_ms() / 1000, UTC).isoformat(timespec="milliseconds")
        act: Json = {"id": self._new_id(), "what": what, "at": at.replace("+00:00", "Z"), "channel": channel}
        act |= {key: self._clean(value) for key, value in {"person": person, **more}.items() if value}
        with alone(self._path):
            self._append(json.dumps(act, ensure_ascii=False), MOST_BYTES // 2 if what in _TRIES else MOST_BYTES)

    def pending(self, most: int = AT_ONCE) -> list[Json]:
        """What the till may not have yet, oldest first."""
        return [one.act for _, one in zip(range(most), self._waiting(), strict=False)]

    def hand_over(self, tell: Tell) -> None:
        """Tell the till what waits, in order, as far as it takes it. Raises NotNow."""
        for _ in range(_ROUNDS):
            with alone(self._path):
                waiting = [one for _, one in zip(range(AT_ONCE), self._waiting(), strict=False)]
            if not waiting:
                return
            taken = tell([one.act for one in waiting])  # without the lock: another may write meanwhile
            if not taken:
                return
            with alone(self._path):
                self._told(waiting[taken - 1])

    # --- the file ---------------------------------------------------------------------------------------------------

    def _clean(self, value: str | int) -> str | int:
        return value if isinstance(value, int) else safe(self._redactor.mask(value))[:256]

    def _append(self, line: str, most: int) -> None:
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            size = os.fstat(descriptor).st_size
            if size >= most and size - self._mark() >= most:
                raise OSError(errno.ENOSPC, "too much waits for the till to be journalled", str(self._path))
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"  # the plug was pulled in the middle of one
            os.write(descriptor, (("\n" if torn else "") + line + "\n").encode())
            os.fsync(descriptor)
            if not size:
                own(descriptor, self._path)
                _sync_folder(self._path.parent)
        finally:
            os.close(descriptor)

    def _waiting(self) -> Iterator[_Waiting]:
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        with file:
            end = self._mark()
            file.seek(end)
            for line in file:
                begin, end = end, end + len(line)
                act = _act(line, begin)
                if act is not None:
                    yield _Waiting(act, end)

    def _mark(self) -> int:
        """How much of the file was told; 0 when the mark is none of this file's."""
        try:
            mark = json.loads(self._mark_path.read_text("utf-8"))
            end, name = int(mark["end"]), str(mark["id"])
        except (OSError, ValueError, LookupError, TypeError):
            return 0
        return end if self._holds(name, end) else 0

    def _holds(self, name: str, end: int) -> bool:
        """Does the line of this act end here?"""
        try:
            with self._path.open("rb") as file:
                begin = max(0, end - _LONGEST)
                file.seek(begin)
                read = file.read(end - begin)
        except (OSError, ValueError):
            return False
        line = read[read.rfind(b"\n", 0, -1) + 1 :]
        act = _act(line, end - len(line))
        return len(read) == end - begin and act is not None and act["id"] == name

    def _told(self, last: _Waiting) -> None:
        """The till has everything up to this act."""
        name = str(last.act["id"])
        if last.end <= self._mark() or not self._holds(name, last.end):
            return  # another console was here meanwhile
        mark = json.dumps({"end": last.end, "id": name}).encode()
        write_atomically(self._mark_path, mark, 0o640)
        if last.end >= ASIDE_BYTES and last.end == self._path.stat().st_size:
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            _sync_folder(self._path.parent)


def own(descriptor: int, path: Path) -> None:
    """What root makes beside a till's journal is the till's."""
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)


def _act(line: bytes, begin: int) -> Json | None:
    """The act of a line; None for what is none: a power cut leaves half a line of an act that nobody was told of."""
    try:
        act = json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        return None
    if not isinstance(act, dict) or not isinstance(act.get("what"), str):
        return None
    return act if isinstance(act.get("id"), str) else _of_earlier_release(act, line, begin)


def _of_earlier_release(act: Json, line: bytes, begin: int) -> Json:
    """Its lines had no ids: the line and its place make one that is the same each time."""
    name = hashlib.sha256(str(begin).encode() + line).hexdigest()[:32]
    done = act["what"] == "Done"
    kept = ("channel", "command", "result") + (() if act["what"] in _TRIES else ("person",))
    at = str(act.get("at", "")).replace("+00:00", "Z")
    what = "CommandDone" if done else act["what"]
    return {"id": f"act-{name}", "what": what, "at": at, **{key: act[key] for key in kept if key in act}}


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
