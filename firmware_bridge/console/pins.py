"""Beside a till: who may sign in at the console and at the status page: PINs that are not kept, and tries that are.

A PIN is kept as scrypt with a salt; six digits do not survive an attack on a stolen card all the same, so a PIN opens
nothing but what one stands before. Wrong tries are counted on the disk, for each channel apart (a serial line, the
page): for each person there, whose next try is taken after 0, 1, 2, 4 … 300 seconds, and for the channel as a whole,
which slows down later and less. Who gets in at one has cleared no other, and a restart shortens nothing. A name that
nobody has is slowed down as one that somebody has: tries tell nobody which there are. Nobody is ever locked out for
good: that would be a way to stop a shop.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from firmware_bridge.config import Config
from firmware_bridge.errors import UserError

LEAST: Final[Mapping[str, int]] = {"technician": 6, "manager": 6, "cashier": 4, "observer": 4}
"""Digits of a PIN, by role."""
MOST_DELAY_S: Final = 300
"""Seconds that one person waits at most; a whole channel: `ALL_DELAY_S`, after `ALL_FREE` wrong tries."""
ALL_DELAY_S: Final = 30
ALL_FREE: Final = 10
_FREE: Final = 1
_FORGOTTEN_MS: Final = 3_600_000
_ANYBODY: Final = "*"
STRANGERS: Final = 64
"""Names that nobody has share so many counts: who tries names does not make the file grow."""
_N, _R, _P = 2**13, 8, 1
_LOCKED_S: Final = 5.0
_ONE_AT_A_TIME: Final = threading.Lock()


class SlowDown(UserError):
    """Too many wrong tries: nothing was compared. `seconds`: until the next one is taken."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many wrong tries: wait {seconds} s", "", None)
        self.seconds = seconds


def pins_file(config: Config) -> Path:
    """Where a till's PINs are."""
    return Path(config.console.pins or f"{config.journal.path}.pins")


class Pins:
    """The file of one till's PINs and tries, mode 0600, of the till and of all its consoles.

    `utc_ms`: wall time; it may jump, a delay never grows by it.
    """

    def __init__(self, path: Path, utc_ms: Callable[[], int]) -> None:
        self._path = path
        self._utc_ms = utc_ms

    @property
    def names(self) -> tuple[str, ...]:
        """Who has a PIN."""
        return tuple(sorted(self._read()["people"]))

    def set(self, name: str, role: str, pin: str) -> None:
        """Give `name` a PIN. Raises UserError for one that is too easy, OSError."""
        least = LEAST[role]
        if not (pin.isascii() and pin.isdigit() and least <= len(pin) <= 12):
            raise UserError(f"A PIN of a {role} has {least} to 12 digits; nothing was changed")
        if len(set(pin)) < 3 or pin in "01234567890123456789" or pin in "98765432109876543210":
            raise UserError("This PIN is the first that anybody would try; nothing was changed")
        with self._alone():
            known = self._read()
            salt = secrets.token_bytes(16)
            known["people"][name] = {"salt": salt.hex(), "key": _key(pin, salt).hex()}
            for counted in [one for one in known["tries"] if one.partition("/")[2] == name]:
                del known["tries"][counted]
            self._write(known)

    def remove(self, name: str) -> None:
        """Raises UserError when there is none."""
        with self._alone():
            known = self._read()
            if known["people"].pop(name, None) is None:
                raise UserError(f"{name} has no PIN; nothing was changed")
            self._write(known)

    def check(self, name: str, pin: str, channel: str) -> bool:
        """Is it this person's PIN, typed at this channel? As much work for a name that nobody has.

        Raises SlowDown, UserError, OSError.
        """
        with self._alone():
            known = self._read()
            mine = f"{channel}/{name}" if name in known["people"] else f"{channel}/{self._stranger(known, name)}"
            counted = (mine, f"{channel}/{_ANYBODY}")
            wait = max(self._wait(one, known["tries"].get(one)) for one in counted)
            if wait > 0:
                raise SlowDown(-(-wait // 1000))
            now = self._utc_ms()
            for one in counted:  # written before it is compared: who pulls the plug has tried
                wrong = self._counting(one, known["tries"].get(one, {"wrong": 0, "at": now}), now)
                known["tries"][one] = {"wrong": wrong + 1, "at": now}
            self._write(known)
            person = known["people"].get(name, {"salt": "00" * 16, "key": ""})
            good = hmac.compare_digest(_key(pin, bytes.fromhex(person["salt"])).hex(), person["key"])
            if good:  # what others tried stays counted, and what was tried under this name elsewhere
                known["tries"].pop(mine)
                known["tries"][counted[1]]["wrong"] -= 1
                self._write(known)
            return good

    def _stranger(self, known: Mapping[str, Any], name: str) -> str:
        """The count of a name that nobody has; the salt is this till's own, so that nobody can tell whose it is."""
        digest = hashlib.blake2b(name.encode("utf-8", "replace"), key=bytes.fromhex(known["salt"]), digest_size=2)
        return f"?{int.from_bytes(digest.digest()) % STRANGERS}"

    def _counting(self, who: str, tried: Mapping[str, int], now: int) -> int:
        """How many wrong tries still count: a channel as a whole forgets."""
        forgotten = who.endswith(f"/{_ANYBODY}") and now - tried["at"] > _FORGOTTEN_MS
        return 0 if forgotten else tried["wrong"]

    def _wait(self, who: str, tried: Mapping[str, int] | None) -> int:
        """Milliseconds until the next try is taken."""
        if tried is None:
            return 0
        now, at = self._utc_ms(), tried["at"]
        free, most = (ALL_FREE, ALL_DELAY_S) if who.endswith(f"/{_ANYBODY}") else (_FREE, MOST_DELAY_S)
        wrong = self._counting(who, tried, now)
        if wrong <= free:
            return 0
        delay: int = 1000 * min(most, 2 ** min(wrong - free - 1, 9))
        return max(0, min(delay, at + delay - now))

    # --- the file ---------------------------------------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other try is looked at meanwhile, of no process: two at once could each be the one that still is free."""
        with _ONE_AT_A_TIME, alone(self._path):
            yield

    def _read(self) -> dict[str, Any]:
        fresh: dict[str, Any] = {"people": {}, "tries": {}, "salt": secrets.token_hex(16)}
        try:
            known: dict[str, Any] = fresh | json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return fresh
        except (ValueError, TypeError) as error:
            raise UserError(
                f"{self._path} is damaged: nobody can sign in", "remove it and set the PINs again (console --pin NAME)"
            ) from error
        known["tries"] = {who: tried for who, tried in known["tries"].items() if "/" in who}  # of an earlier release
        return known

    def _write(self, known: Mapping[str, Any]) -> None:
        write_atomically(self._path, json.dumps(known).encode(), 0o600)


def write_atomically(path: Path, content: bytes, mode: int) -> None:
    """The old content or the new one, whatever is unplugged meanwhile; its owner stays. Raises OSError."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            _give(file.fileno(), path)
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold what is done to this file apart from all others that hold it so, in this process and in others.

    The lock is a file beside it. Raises OSError, also when another holds it for longer than anything here takes.
    """
    beside = path.with_name(f"{path.name}.lock")
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _give(descriptor, path)
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    end = time.monotonic() + _LOCKED_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _give(descriptor: int, path: Path) -> None:
    """What root makes beside a till's journal is the till's: it has to use it as another user."""
    if os.geteuid() == 0:
        owner = path.stat() if path.exists() else path.parent.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _key(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_N, r=_R, p=_P)
