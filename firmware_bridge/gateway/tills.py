"""Before a sale's records may come to the gateway: which tills it knows, by what token, and how one is enrolled.

A person at the gateway makes a code for a till's name. Whoever has the code, within a day, names the token that the
till has made for itself, by its SHA-256. Neither codes nor tokens are kept. The file is opened for each call, by any
thread and by more than one process: a code is made while the gateway runs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware_bridge.uplink.small_file import SmallFile

APPLICATION_ID = 0x46424754
"""SQLite's application id of such a file ("FBGT")."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: nothing in it is taken for something else."""
CODE_LENGTH = 10
CODE_MS = 24 * 3_600_000
TRIES = 5
TOKEN_BYTES = 32
_TILL = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_TABLES = """
CREATE TABLE IF NOT EXISTS tills (
    till TEXT PRIMARY KEY, token BLOB NOT NULL, enrolled INTEGER NOT NULL, renews INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS codes (
    till TEXT PRIMARY KEY, digest BLOB NOT NULL, expires INTEGER NOT NULL, tries INTEGER NOT NULL,
    renews INTEGER NOT NULL, token BLOB) WITHOUT ROWID;
"""


class CodeRefused(Exception):
    """The code is not known, too old, used by another, or was guessed at too often; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A till of this gateway. `enrolled`: UTC ms. `renews`: it may begin a new journal."""

    till: str
    enrolled: int
    renews: bool


def is_till(name: str) -> bool:
    """Whether a till may have this name: it becomes part of paths and of a file's name."""
    return _TILL.fullmatch(name) is not None and not name.startswith(".")


def new_token() -> str:
    """Return a token for a till: 43 characters, of 32 random bytes."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> bytes:
    """Return what is kept of a token or a code."""
    return hashlib.sha256(token.encode()).digest()


def parted(code: str) -> tuple[str, str]:
    """Return the till and the secret part of "TILL-CODE" as a person typed it. Raises CodeRefused."""
    till, _, secret = code.strip().rpartition("-")
    secret = secret.upper().replace("O", "0").replace("I", "1").replace("L", "1")
    if not is_till(till) or len(secret) != CODE_LENGTH or not set(secret) <= set(ALPHABET):
        raise CodeRefused("This is no enrolment code: it reads TILL-XXXXXXXXXX; nothing was changed.")
    return till, secret


class Tills(SmallFile):
    """The file. `clock`: UTC ms. Every method raises LinkDown when it cannot be read or written."""

    def __init__(self, path: str | Path, clock: Callable[[], int]) -> None:
        """Make the file when it is not there. Raises LinkDown, LinkMisuse when it is something else."""
        super().__init__(path, "list of a gateway's tills", APPLICATION_ID, _TABLES)
        self._clock = clock

    def new_code(self, till: str, *, renews: bool = False) -> str:
        """Return a code with which `till` is enrolled, once, within a day; an older code of it is void.

        `renews`: the till has a new journal; what is held of the old one is put aside when it first comes with it.
        Raises ValueError for a name that no till can have.
        """
        if not is_till(till):
            raise ValueError(f"{till!r:.80} is no till's name: 1 to 64 of the characters A-Z a-z 0-9 . _ -")
        secret = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO codes VALUES (?, ?, ?, 0, ?, NULL)",
                (till, digest_of(secret), self._clock() + CODE_MS, int(renews)),
            )
        return f"{till}-{secret}"

    def enrol(self, code: str, token_digest: bytes) -> str:
        """Make the token with this SHA-256 the till's, in place of any other; returns the till's name.

        The same code with the same token again is answered alike for as long as the code lives: the first answer may
        have been lost. Raises CodeRefused.
        """
        till, secret = parted(code)
        with self._writing() as connection:
            row = connection.execute(
                "SELECT digest, expires, tries, renews, token FROM codes WHERE till = ?", (till,)
            ).fetchone()
            wrong = self._wrong(row, secret, token_digest)
            if not wrong:
                connection.execute("UPDATE codes SET token = ? WHERE till = ?", (token_digest, till))
                if row[4] is None:
                    connection.execute(
                        "INSERT OR REPLACE INTO tills VALUES (?, ?, ?, ?)", (till, token_digest, self._clock(), row[3])
                    )
            elif row is not None:
                connection.execute("UPDATE codes SET tries = tries + 1 WHERE till = ?", (till,))
        if wrong:
            raise CodeRefused(f"The code was refused: {wrong}; nothing was changed, ask for a new one.")
        return till

    def _wrong(self, row: tuple[bytes, int, int, int, bytes | None] | None, secret: str, token: bytes) -> str:
        if row is None or row[1] <= self._clock() or row[2] >= TRIES:
            return "it is not known here, too old, or was tried too often"
        if not hmac.compare_digest(row[0], digest_of(secret)):
            return "it is not known here, too old, or was tried too often"
        return "" if row[4] is None or hmac.compare_digest(row[4], token) else "it was used already"

    def knows(self, till: str, token: str) -> bool:
        """Whether this is the till's token; takes as long for a wrong one as for none."""
        with self._connection() as connection:
            row = connection.execute("SELECT token FROM tills WHERE till = ?", (till,)).fetchone()
        return hmac.compare_digest(digest_of(token), bytes(32) if row is None else row[0])

    def renewed(self, till: str) -> bool:
        """Whether the till may begin a new journal; it may once."""
        with self._writing() as connection:
            done = connection.execute("UPDATE tills SET renews = 0 WHERE till = ? AND renews = 1", (till,))
            return done.rowcount == 1

    def revoke(self, till: str) -> bool:
        """Take the till's token and code away; whether it had one."""
        with self._writing() as connection:
            connection.execute("DELETE FROM codes WHERE till = ?", (till,))
            return connection.execute("DELETE FROM tills WHERE till = ?", (till,)).rowcount == 1

    def all(self) -> list[Enrolled]:
        """Return the tills, by name."""
        with self._connection() as connection:
            found = connection.execute("SELECT till, enrolled, renews FROM tills ORDER BY till").fetchall()
        return [Enrolled(till, enrolled, bool(renews)) for till, enrolled, renews in found]
