"""Before a call to Bitrix24: the tokens of an application, kept in a file that is never half written.

An access token lives an hour; a refresh token is replaced whenever it is used, so what was granted is on the disk
before anybody uses it. Several processes may share the file: a lock lets one renew, the others take what it got.
Source: the vendor's pages on OAuth 2. Neither secret nor token is ever shown.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec

from drivers.errors import NotSent, Refused, Unanswered
from firmware_bridge.logs import Passing
from firmware_bridge.vendors.bitrix24.errors import meaning
from firmware_bridge.vendors.http import Request, Response, Transport

ROLE: Final = "order source"
_EARLY_MS: Final = 60_000
_MAX_FILE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Grant:
    """What is kept. `ends_at`: of the access token, UTC ms. `endpoint`: where methods are called."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    ends_at: int
    endpoint: str
    domain: str = ""
    member_id: str = ""


class _Granted(msgspec.Struct, frozen=True):
    access_token: str
    refresh_token: str
    expires_in: float = 3600
    client_endpoint: str = ""
    domain: str = ""
    member_id: str = ""


class TokenFile:
    """One file with one grant. Blocking; every method raises OSError."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def read(self) -> Grant | None:
        """What is there; None: nothing that can be used."""
        try:
            raw = self._path.read_bytes()[:_MAX_FILE]
        except FileNotFoundError:
            return None
        try:
            return msgspec.json.decode(raw, type=Grant)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def write(self, grant: Grant) -> None:
        """Whole and durable, or not at all; nobody else may read it."""
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            json.dump(asdict(grant), file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else renews meanwhile; the system frees it when the process dies."""
        with self._path.with_name(f"{self._path.name}.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class Tokens:
    """The grant that is in use. `transport`: to the token address' host; `path`: of it there."""

    def __init__(
        self,
        transport: Transport,
        path: str,
        client: tuple[str, str],
        file: TokenFile,
        utc_ms: Callable[[], int],
        on_secret: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`client`: id and secret of the application. `on_secret` hears every token, to keep it out of logs."""
        self._transport = transport
        self._path = path
        self._client = client
        self._file = file
        self._utc_ms = utc_ms
        self._on_secret = on_secret
        self._grant: Grant | None = None
        self._refused = ""
        self._one_at_a_time = asyncio.Lock()

    async def grant(self) -> Grant:
        """The grant, renewed when it is about to end. Raises NotSent; Refused when a person has to look."""
        async with self._one_at_a_time:
            grant = self._grant
            if grant is None or not self._good(grant):
                grant = await self._renewed()
                self._take(grant)
            return grant

    def refused(self, access_token: str) -> None:
        """The portal did not accept it: the next one is another."""
        self._refused = access_token

    async def authorise(self, code: str) -> Grant:
        """Change the code that a person's yes has brought (it lives 30 s) for tokens. Raises NotSent, Refused."""
        async with self._one_at_a_time:
            grant = await self._asked({"grant_type": "authorization_code", "code": code})
            await asyncio.to_thread(self._file.write, grant)
            self._take(grant)
            return grant

    async def close(self) -> None:
        await self._transport.close()

    def _good(self, grant: Grant) -> bool:
        return grant.access_token != self._refused and self._utc_ms() < grant.ends_at - _EARLY_MS

    def _take(self, grant: Grant) -> None:
        self._on_secret(Passing(grant.access_token))
        self._on_secret(Passing(grant.refresh_token))
        self._grant = grant

    async def _renewed(self) -> Grant:
        """Raises NotSent, Refused."""
        lock = self._file.locked()
        await asyncio.to_thread(lock.__enter__)
        try:
            found = await asyncio.to_thread(self._file.read)
            if found is None:
                raise Refused(
                    "there are no tokens of the application: run `firmware-bridge bitrix24 authorise`", role=ROLE
                )
            if self._good(found):  # another process has renewed it
                return found
            grant = await self._asked({"grant_type": "refresh_token", "refresh_token": found.refresh_token})
            await asyncio.to_thread(self._file.write, grant)
            return grant
        finally:
            lock.__exit__(None, None, None)

    async def _asked(self, form: dict[str, str]) -> Grant:
        """One POST, so that nothing of it stands in anybody's log of addresses. Raises NotSent, Refused."""
        body = urlencode({**form, "client_id": self._client[0], "client_secret": self._client[1]}).encode()
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        try:
            response = await self._transport.exchange(Request("POST", self._path, headers=headers, body=body))
        except Unanswered as error:
            raise NotSent(f"no token came ({error.text}); nothing was called", port=error.port, role=ROLE) from error
        return self._granted(response)

    def _granted(self, response: Response) -> Grant:
        if response.status >= 500 or response.status in (408, 425, 429):
            raise NotSent(f"the token address answered {response.status}; nothing was called", role=ROLE)
        try:
            found = msgspec.json.decode(response.body, type=_Granted)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            code = _code(response.body)
            advice = meaning(code, response.status).advice
            text = f"the token address refused ({response.status} {code or 'no token'}): {advice}; nothing was called"
            raise Refused(text, role=ROLE) from error
        endpoint = found.client_endpoint
        if urlsplit(endpoint).scheme not in ("https", "http"):
            raise Refused("the token address named no portal; nothing was called", role=ROLE)
        ends = self._utc_ms() + round(found.expires_in * 1000)
        return Grant(found.access_token, found.refresh_token, ends, endpoint, found.domain, found.member_id)


class _Error(msgspec.Struct, frozen=True):
    error: str = ""


def _code(body: bytes) -> str:
    """The error's code alone: a description might quote what was sent."""
    try:
        code = msgspec.json.decode(body, type=_Error).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return code if code.isascii() and code.replace("_", "").isalnum() and len(code) <= 64 else ""
