"""Beside a till: who may sign in at the console: PINs that are not kept, and tries that are.

A PIN is kept as scrypt with a salt; six digits do not survive an attack on a stolen card all the same, so a PIN opens
nothing but this console. Wrong tries are counted on the disk: for each person, whose next try is taken after 0, 1, 2, 4
… 300 seconds, and for the whole console, which slows down later and less. A restart shortens nothing. Nobody is ever
locked out for good: that would be a way to stop a shop.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from firmware_bridge.errors import UserError

LEAST: Final[Mapping[str, int]] = {"technician": 6, "manager": 6, "cashier": 4, "observer": 4}
"""Digits of a PIN, by role."""
MOST_DELAY_S: Final = 300
"""Seconds that one person waits at most; the whole console: `ALL_DELAY_S`, after `ALL_FREE` wrong tries."""
ALL_DELAY_S: Final = 30
ALL_FREE: Final = 10
_FREE: Final = 1
_FORGOTTEN_MS: Final = 3_600_000
_ANYBODY: Final = "*"
_N, _R, _P = 2**13, 8, 1
_ONE_AT_A_TIME: Final = threading.Lock()


class SlowDown(UserError):
    """Too many wrong tries: nothing was compared. `seconds`: until the next one is taken."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many wrong tries: wait {seconds} s", "", None)
        self.seconds = seconds


class Pins:
    """The file of one till's PINs and tries, mode 0600. `utc_ms`: wall time; it may jump, a delay never grows by it."""

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
        known = self._read()
        salt = secrets.token_bytes(16)
        known["people"][name] = {"salt": salt.hex(), "key": _key(pin, salt).hex()}
        known["tries"].pop(name, None)
        self._write(known)

    def remove(self, name: str) -> None:
        """Raises UserError when there is none."""
        known = self._read()
        if known["people"].pop(name, None) is None:
            raise UserError(f"{name} has no PIN; nothing was changed")
        self._write(known)

    def check(self, name: str, pin: str) -> bool:
        """Is it this person's PIN? As slow for a name that nobody has. Raises SlowDown, OSError."""
        with _ONE_AT_A_TIME:
            known = self._read()
            # somebody who tries names must not make the file grow
            counted = (name, _ANYBODY) if name in known["people"] else (_ANYBODY,)
            wait = max(self._wait(one, known["tries"].get(one)) for one in counted)
            if wait > 0:
                raise SlowDown(-(-wait // 1000))
            now = self._utc_ms()
            for one in counted:  # written before it is compared: who pulls the plug has tried
                tried = known["tries"].get(one, {"wrong": 0})
                known["tries"][one] = {"wrong": tried["wrong"] + 1, "at": now}
            self._write(known)
            person = known["people"].get(name, {"salt": "00" * 16, "key": ""})
            good = hmac.compare_digest(_key(pin, bytes.fromhex(person["salt"])).hex(), person["key"])
            if good:
                known["tries"].pop(name, None)  # what others tried stays counted
                self._write(known)
            return good

    def _wait(self, who: str, tried: Mapping[str, int] | None) -> int:
        """Milliseconds until the next try is taken."""
        if tried is None:
            return 0
        now, wrong, at = self._utc_ms(), tried["wrong"], tried["at"]
        free, most = (ALL_FREE, ALL_DELAY_S) if who == _ANYBODY else (_FREE, MOST_DELAY_S)
        if wrong <= free or (who == _ANYBODY and now - at > _FORGOTTEN_MS):
            return 0
        delay: int = 1000 * min(most, 2 ** min(wrong - free - 1, 9))
        return max(0, min(delay, at + delay - now))

    # --- the file ---------------------------------------------------------------------------------------------------

    def _read(self) -> dict[str, Any]:
        try:
            known: dict[str, Any] = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {"people": {}, "tries": {}}
        except ValueError as error:
            raise UserError(
                f"{self._path} is damaged: nobody can sign in", "remove it and set the PINs again (console pin NAME)"
            ) from error
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
            if path.exists() and os.geteuid() == 0:
                owner = path.stat()
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
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


def _key(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_N, r=_R, p=_P)
