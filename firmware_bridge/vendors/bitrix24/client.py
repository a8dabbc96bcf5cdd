"""Between the gateway and Bitrix24, before and after a sale: one method, one answer, and whether it may have been done.

What was refused before anything was done is tried again here (too often, an access token that has ended). What may have
been done is never repeated here: whoever calls looks first. Source: the seed page of sale.cashbox.add (addresses,
forms), the vendor's pages on batch, limits and OAuth.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from drivers.errors import DeviceError, NotSent, Refused, Unanswered
from firmware_bridge.vendors.bitrix24 import forms
from firmware_bridge.vendors.bitrix24.errors import NotNow, Rejected
from firmware_bridge.vendors.bitrix24.limits import Limiter, Sleep
from firmware_bridge.vendors.bitrix24.messages import BATCH, Json, Misread, Time
from firmware_bridge.vendors.bitrix24.oauth import ROLE, Tokens
from firmware_bridge.vendors.http import Request, Response, Transport

log = logging.getLogger(__name__)

MOST_COMMANDS: Final = 50
MOST_TRIES: Final = 5
FIRST_WAIT_S: Final = 1.0
_HIDDEN: Final = "***"


class Access(Protocol):
    """By what right we call."""

    async def address(self, method: str) -> tuple[str, Json]:
        """The path of a method, and what goes into its body. Raises NotSent, Refused."""
        ...

    def refused(self) -> bool:
        """The portal says that the token has ended; whether another one can be had."""
        ...

    def clean(self, text: str) -> str:
        """A text without the secrets of an address."""
        ...


class Webhook:
    """An incoming webhook: `url` is https://portal/rest/USER/SECRET/. Raises ValueError when it is not.

    `secret`: the part of it that must be shown to nobody.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        words = parts.path.strip("/").split("/")
        if len(words) != 3 or words[0] != "rest" or not words[1].isdigit() or not words[2].isalnum():
            raise ValueError("the webhook's address is not https://PORTAL/rest/USER/SECRET/")
        self.base_url = f"{parts.scheme}://{parts.netloc}"
        self._path = "/" + "/".join(words)
        self.secret = words[2]

    async def address(self, method: str) -> tuple[str, Json]:
        """See Access.address."""
        return f"{self._path}/{method}", {}

    def refused(self) -> bool:
        """See Access.refused."""
        return False

    def clean(self, text: str) -> str:
        """See Access.clean."""
        return text.replace(self.secret, _HIDDEN)


class Application:
    """An application with tokens; its token stands in the body, never in an address."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._used = ""

    async def address(self, method: str) -> tuple[str, Json]:
        """See Access.address."""
        grant = await self._tokens.grant()
        self._used = grant.access_token
        return f"{urlsplit(grant.endpoint).path.rstrip('/')}/{method}", {"auth": grant.access_token}

    def refused(self) -> bool:
        """See Access.refused."""
        self._tokens.refused(self._used)
        return True

    def clean(self, text: str) -> str:
        """See Access.clean."""
        return text.replace(self._used, _HIDDEN) if self._used else text


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What each command of a batch came to: a result or a refusal."""

    results: Mapping[str, Any]
    refusals: Mapping[str, Rejected] = field(default_factory=dict)


class Client:
    """One portal. `transport`: to its host."""

    def __init__(
        self, transport: Transport, access: Access, limiter: Limiter, sleep: Sleep, user_agent: str = "firmware-bridge"
    ) -> None:
        self._transport = transport
        self._access = access
        self._limiter = limiter
        self._sleep = sleep
        self._headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": user_agent,
        }

    async def call(self, method: str, parameters: Json | None = None) -> Any:
        """Return what the method answers (`result`).

        Raises NotSent and NotNow (nothing was done, later it may be), Rejected (nothing was done), Refused (we are not
        let in; nothing was done), Unanswered (it may have been done).
        """
        renewed = False
        wait = FIRST_WAIT_S
        for tried in range(1, MOST_TRIES + 1):
            await self._limiter.take(method)
            try:
                return self._result(method, await self._exchange(method, parameters or {}))
            except Rejected as no:
                if no.meaning.sort == "refresh" and not renewed and self._access.refused():
                    renewed = True
                elif no.meaning.sort == "limit":
                    self._limiter.full()
                    if tried == MOST_TRIES:
                        raise NotNow(method, no.code, wait) from no
                    await self._sleep(wait)
                    wait *= 2
                elif no.meaning.sort == "operating":
                    raise self._limiter.used_up(method) from no
                else:
                    raise
        raise NotNow(method, "QUERY_LIMIT_EXCEEDED", wait)

    async def batch(self, commands: Mapping[str, tuple[str, Json]], *, halt: bool = False) -> BatchAnswer:
        """Carry out up to MOST_COMMANDS methods in one request. Raises as `call`, and ValueError for more."""
        if len(commands) > MOST_COMMANDS:
            raise ValueError(f"a batch takes {MOST_COMMANDS} commands, not {len(commands)}")
        texts = {name: f"{method}?{forms.encode(given)}" for name, (method, given) in commands.items()}
        found = await self.call(BATCH, {"halt": int(halt), "cmd": texts})
        results, wrong = _part(found, "result", commands), _part(found, "result_error", commands)
        refusals = {
            name: Rejected(commands[name][0], 200, str(one.get("error", "")), str(one.get("error_description", "")))
            for name, one in wrong.items()
            if isinstance(one, dict)
        }
        return BatchAnswer(results, refusals)

    async def close(self) -> None:
        """Let the connection go; harmless when there is none."""
        await self._transport.close()

    async def _exchange(self, method: str, parameters: Json) -> Response:
        path, extra = await self._access.address(method)
        body = json.dumps(parameters | extra, ensure_ascii=False).encode()
        try:
            return await self._transport.exchange(Request("POST", path, headers=self._headers, body=body))
        except DeviceError as error:
            text = self._access.clean(error.text)
            log.info("%s: %s", method, text, extra={"vendor": "bitrix24"})
            if isinstance(error, NotSent):
                raise NotSent(text, port=error.port, role=ROLE) from None  # the cause's text has the secret
            if isinstance(error, Unanswered):
                raise Unanswered(text, port=error.port, role=ROLE, sent=error.sent) from None
            raise Refused(text, port=error.port, role=ROLE) from None

    def _result(self, method: str, response: Response) -> Any:
        """Raises Rejected, Unanswered."""
        said = _object(response.body)
        if said is None:
            if response.status in (429, 503):  # a server before the portal: nothing has reached it
                raise Rejected(method, response.status, "QUERY_LIMIT_EXCEEDED", "")
            raise Unanswered(f"Bitrix24 answered {method} with {response.status} and no JSON", role=ROLE)
        if "error" in said:
            no = Rejected(method, response.status, str(said["error"]), str(said.get("error_description", "")))
            if no.meaning.sort == "later":
                raise Unanswered(no.text, role=ROLE) from no
            raise no
        if response.status != 200 or "result" not in said:
            raise Unanswered(f"Bitrix24 answered {method} with {response.status} and without a result", role=ROLE)
        told = Time.of(said.get("time"))
        if told is not None:
            self._limiter.told(method, told.operating_reset_at)
        return said["result"]


def _object(body: bytes) -> Json | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _part(found: Any, name: str, commands: Mapping[str, object]) -> Json:
    """One part of a batch's answer; PHP writes an empty object as a list, and one with names 0, 1, 2 … too.

    Raises Unanswered: what the commands came to is not known.
    """
    part = found.get(name) if isinstance(found, dict) else None
    if isinstance(part, list):
        part = {str(at): one for at, one in enumerate(part)}
    if not isinstance(part, dict) or not set(part) <= set(commands):
        raise Unanswered("Bitrix24 answered a batch with something that is none", role=ROLE)
    return part


def rows(result: Any) -> Sequence[Any]:
    """The rows of a list. Raises Misread."""
    if not isinstance(result, list):
        raise Misread("the list is none")
    return result
