"""Beside a sale's way: who has signed in at the status page, and for how long.

A cookie alone opens nothing. Cookies of 127.0.0.1 go to every port of it (RFC 6265, section 8.5), and to a browser a
page from another port is of the same site (HTML, "schemelessly same site"), so SameSite does not keep it away. Each
request therefore brings a second half in a header, which only our own page can have: it is kept by origin, port
included.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from statemachines.vocabulary.receipt import Person

KEY_HEADER = "Session-Key"
"""The half of a session that the page keeps."""
AT_MOST = 32
"""Sessions at once; the one that was not used for the longest time gives way."""
IDLE_S, LIFE_S = 12 * 3600.0, 7 * 24 * 3600.0
"""Seconds after which a session ends: without a request, and in any case."""
FREE_TRIES, LONGEST_WAIT_S = 5, 60.0

_MAX_HEADER = 8192


@dataclass(slots=True)
class _Session:
    person: Person
    key: bytes
    begun: float
    used: float


@dataclass(frozen=True, slots=True)
class Begun:
    """A new session: `cookie` for the browser to keep, `key` for the page."""

    cookie: str
    key: str


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


class Sessions:
    """All sessions of one till; they live in memory and end with the process.

    `port`: of the address that is listened on; it stands in the cookie's name, so that tills on one machine do not put
    each other's people out. `new_secret`: an unguessable text.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        port: int = 0,
        new_secret: Callable[[], str] = lambda: secrets.token_urlsafe(32),
    ) -> None:
        self.cookie_name = f"till_session_{port}"
        self._monotonic = monotonic
        self._new_secret = new_secret
        self._sessions: dict[bytes, _Session] = {}
        self._run_out: list[Person] = []

    def begin(self, person: Person) -> Begun:
        """Let `person` in."""
        now = self._monotonic()
        self._forget_ended(now)
        while len(self._sessions) >= AT_MOST:
            self._end(min(self._sessions, key=lambda name: self._sessions[name].used))
        begun = Begun(self._new_secret(), self._new_secret())
        self._sessions[_digest(begun.cookie)] = _Session(person, _digest(begun.key), now, now)
        return begun

    def person(self, cookies: Sequence[str], keys: Sequence[str]) -> Person | None:
        """Who sent a request with these headers Cookie and Session-Key; None without exactly one good pair."""
        now = self._monotonic()
        self._forget_ended(now)
        found = self._sessions.get(_digest(self._cookie(cookies)))
        key = _digest(keys[0] if len(keys) == 1 else "")
        if found is None or not hmac.compare_digest(found.key, key):
            return None
        found.used = now
        return found.person

    def end(self, cookies: Sequence[str]) -> Person | None:
        """Forget the session of this cookie; returns whose it was, None without one."""
        found = self._sessions.pop(_digest(self._cookie(cookies)), None)
        return None if found is None else found.person

    def run_out(self) -> list[Person]:
        """Whose sessions have ended by themselves since this was asked last, oldest first."""
        self._forget_ended(self._monotonic())
        found, self._run_out = self._run_out, []
        return found

    def _cookie(self, headers: Sequence[str]) -> str:
        if len(headers) != 1 or len(headers[0]) > _MAX_HEADER:
            return ""
        values = [part.partition("=")[2].strip() for part in headers[0].split(";") if self._is_ours(part)]
        return values[0] if len(values) == 1 else ""

    def _is_ours(self, part: str) -> bool:
        return part.partition("=")[0].strip() == self.cookie_name

    def _forget_ended(self, now: float) -> None:
        for name, session in list(self._sessions.items()):
            if now - session.used >= IDLE_S or now - session.begun >= LIFE_S:
                self._end(name)

    def _end(self, name: bytes) -> None:
        self._run_out = [*self._run_out, self._sessions.pop(name).person][-AT_MOST:]


class Patience:
    """Wrong tokens make the next try wait: five are free, then 1, 2, 4 … 60 seconds. Never for ever."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._wrong = 0
        self._until = 0.0

    def wait(self) -> float:
        """Seconds until the next try is looked at; 0 = now."""
        return max(0.0, self._until - self._monotonic())

    def wrong(self) -> None:
        """A token was not known."""
        self._wrong += 1
        over = self._wrong - FREE_TRIES
        if over > 0:
            self._until = self._monotonic() + min(2.0 ** min(over - 1, 10), LONGEST_WAIT_S)

    def right(self) -> None:
        """A token was known."""
        self._wrong = 0
