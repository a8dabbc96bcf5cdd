"""Where a sale's way begins, at the gateway's door: Bitrix24 orders a receipt, and asks what became of it.

    POST /bitrix24/<secret>/print   {"UUID": our id}, or {"ERRORS": [why it cannot be]}
    POST /bitrix24/<secret>/check   {"STATUS": "WAIT" | "DONE" | "ERROR", …}

Both always answer 200: any other status would leave a check hanging in the portal for ever. A request is durable, and
its id bound to it, before the id is told; the command that goes to the till with it is put into its inbox once, now or
when there is room again. What became of a document is told from the till's own records alone, never guessed.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from aiohttp import web

from firmware_bridge.clock import TillClock
from firmware_bridge.gateway.prints_command import NoOrder, OrderCommand, encode
from firmware_bridge.gateway.prints_reading import Reading
from firmware_bridge.gateway.prints_store import PrintConflict, PrintStore, Taken, document_id
from firmware_bridge.log_kinds import about
from firmware_bridge.uplink.link import LinkError, LinkMisuse
from firmware_bridge.vendors.bitrix24 import forms
from firmware_bridge.vendors.bitrix24.check_view import answer
from firmware_bridge.vendors.bitrix24.config import PortalConfig
from firmware_bridge.vendors.bitrix24.order import order_of
from firmware_bridge.vendors.bitrix24.print_request import BadRequest, PrintRequest, read

log = logging.getLogger(__name__)

T = TypeVar("T")
BODY_S: Final = 15.0
"""How long a request may take to come in."""
HAND_AGAIN_S: Final = 30.0
"""How often what found no room in an inbox is tried again."""
AT_ONCE: Final = 100
"""Requests for the inboxes that are dealt with in one go."""
BUSY: Final = "The gateway cannot store the check now: nothing was printed, print it again later"
FAULT: Final = "The gateway failed in this request: print it again, it will not be printed twice"


class Inboxes(Protocol):
    """The tills' inboxes (`TillInboxes`)."""

    def put(self, till: str, command_id: str, body: bytes) -> int:
        """See TillInboxes.put. Raises LinkError."""
        ...


@dataclass(frozen=True, slots=True)
class Portal:
    """One portal that may order; `secret` of the address under which it does."""

    name: str
    config: PortalConfig
    secret: str = field(repr=False)


class Prints:
    """All of it for one gateway; `run` until cancelled. `reading` follows the gateway's store.

    `due` hears of portals that are to be told something. Files are touched on `executor` (None: the loop's own).
    """

    def __init__(
        self,
        portals: Sequence[Portal],
        store: PrintStore,
        inboxes: Inboxes,
        clock: TillClock,
        *,
        executor: Executor | None = None,
        due: Callable[[str], None] = lambda _: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._portals = tuple(portals)
        self._store = store
        self._inboxes = inboxes
        self._clock = clock
        self._executor = executor
        self._sleep = sleep
        pushing = [one.config.domain for one in portals if one.config.push]
        self.reading = Reading(store, pushing, due, executor)

    def portal(self, secret: str) -> Portal | None:
        """Whose address that is; all are compared, in a time that does not tell which."""
        found = None
        for one in self._portals:
            if hmac.compare_digest(one.secret.encode(), secret.encode("utf-8", "replace")):
                found = one
        return found

    # --- an order ---------------------------------------------------------------------------------------------------

    async def order(self, portal: Portal, content_type: str, body: bytes) -> dict[str, Any]:
        """The answer to a print request. Never raises what a request can cause."""
        try:
            request = read(content_type, body, portal.config.domain)
            taken = await self._taken(portal, request)
        except BadRequest as error:
            return await self._no(portal, error.reasons)
        except PrintConflict as error:
            return await self._no(portal, (str(error),))
        except LinkError as error:
            log.error(  # noqa: TRY400 - told, no bug
                "a print request of %s was not stored: %s",
                portal.name,
                error,
                extra=about("order-refused", vendor=portal.name),
            )
            return {"ERRORS": [BUSY]}
        except Exception:  # whatever it was, a status other than 200 would hang the check
            log.exception("a print request of %s failed", portal.name, extra=about("program-error", vendor=portal.name))
            return {"ERRORS": [FAULT]}
        if not taken.handed:
            try:
                await self.reading.recall(taken.id, taken.till)
                await self._hand(taken)
            except Exception:  # it is durable: whatever is wrong here, it has its id, and is handed over later
                log.exception(
                    "order %s is not in its till's inbox yet", taken.id, extra=about("order-waits", receipt=taken.id)
                )
        return {"UUID": taken.id}

    async def _taken(self, portal: Portal, request: PrintRequest) -> Taken:
        """Raises BadRequest, PrintConflict, LinkError."""
        config = portal.config
        while True:
            # what was taken once is taken, whatever the configuration says today
            attempt = await self._beside(self._store.find, request.domain, request.unique_id, request.digest)
            if isinstance(attempt, Taken):
                return attempt
            till = self._till(config, request)
            order = order_of(request, config.registers[till])
            now = self._clock.utc_ms()
            command = OrderCommand(
                id=document_id(request.domain, request.unique_id, attempt),
                kind=order.kind,
                body=order.body,
                not_after=now + config.max_age_h * 3_600_000,
                confirm=order.confirm,
                approved=order.approved,
                by=f"bitrix24:{request.domain}"[:128],
            )
            try:
                body = encode(command)
            except NoOrder as error:
                raise BadRequest(f"The check is too large for a cash register: {error}") from error
            digest, uuid = request.digest, request.uuid
            taken = await self._beside(
                self._store.take, request.domain, request.unique_id, attempt, digest, uuid, till, body, now
            )
            if taken is not None:
                return taken

    @staticmethod
    def _till(config: PortalConfig, request: PrintRequest) -> str:
        """Raises BadRequest."""
        till = config.till_of(request.number_kkm)
        if till is None:
            section = {str(name).upper(): one for name, one in request.params.items()}.get("TILL")
            named = {str(name).upper(): one for name, one in section.items()} if isinstance(section, dict) else {}
            wanted = str(named.get("ID", ""))
            till = wanted if not request.number_kkm and wanted in config.registers else None
        if till is None:
            raise BadRequest(f"No till is the cash register with number {request.number_kkm!r}")
        return till

    async def _no(self, portal: Portal, reasons: Sequence[str]) -> dict[str, Any]:
        log.warning(
            "a print request of %s was refused: %s",
            portal.name,
            "; ".join(reasons),
            extra=about("order-refused", vendor=portal.name),
        )
        try:
            await self._beside(self._store.refuse, portal.config.domain, reasons, self._clock.utc_ms())
        except LinkError as error:
            log.warning("the refusal could not be remembered: %s", error, extra=about("order-refused"))
        return {"ERRORS": list(reasons)}

    async def _hand(self, taken: Taken) -> bool:
        """Put it into its till's inbox; False: not now."""
        try:
            await self._beside(self._inboxes.put, taken.till, taken.id, taken.body)
            await self._beside(self._store.handed, taken.id)
        except LinkMisuse as error:
            log.warning(
                "order %s waits for room in the inbox of till %s: %s",
                taken.id,
                taken.till,
                error,
                extra=about("order-waits", receipt=taken.id, till=taken.till),
            )
            return False
        except LinkError as error:
            log.warning(
                "order %s is not in the inbox of till %s yet: %s",
                taken.id,
                taken.till,
                error,
                extra=about("order-waits", receipt=taken.id, till=taken.till),
            )
            return False
        return True

    async def run(self) -> None:
        """Hand to the inboxes what a dead process, a full inbox or a bad disk has left."""
        while True:
            try:
                await self.hand_over()
            except LinkError as error:
                log.warning("orders wait at the gateway: %s", error, extra=about("order-waits"))
            except Exception:
                log.exception("unforeseen error while orders were handed over; they wait", extra=about("program-error"))
            await self._sleep(HAND_AGAIN_S)

    async def hand_over(self) -> int:
        """One round of it; returns how many found room. A till without room keeps nobody else's. Raises LinkError."""
        waiting = await self._beside(self._store.to_hand, 10 * AT_ONCE)
        full: set[str] = set()
        count = 0
        for one in waiting:
            if one.till in full:
                continue  # in order: what came later does not overtake
            if await self._hand(one):
                count += 1
            else:
                full.add(one.till)
        return count

    # --- what became of it --------------------------------------------------------------------------------------------

    async def asked(self, portal: Portal, content_type: str, body: bytes) -> dict[str, Any]:
        """The answer to a check request. While that cannot be read up it is WAIT, which is never wrong."""
        try:
            given = forms.read(content_type, body)
        except forms.Unreadable:
            return answer("", None)
        name = str(given.get("uuid", ""))[:64]
        try:
            outcome = await self._beside(self._store.outcome, name, portal.config.domain)
        except LinkError as error:
            log.warning("a check request cannot be answered: %s", error, extra=about("order-refused"))
            return {"STATUS": "WAIT"}
        except Exception:
            log.exception("a check request of %s failed", portal.name, extra=about("program-error", vendor=portal.name))
            return {"STATUS": "WAIT"}
        return answer(name, outcome)

    async def _beside(self, work: Callable[..., T], *arguments: object) -> T:
        """Do on another thread what waits for the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, partial(work, *arguments))


# --- routes ---------------------------------------------------------------------------------------------------------


def add_routes(app: web.Application, prints: Prints) -> None:
    """Add both addresses to the gateway's application."""
    app.router.add_post("/bitrix24/{secret}/print", _handler(prints, prints.order))
    app.router.add_post("/bitrix24/{secret}/check", _handler(prints, prints.asked))


def _handler(
    prints: Prints, carry_out: Callable[[Portal, str, bytes], Awaitable[dict[str, Any]]]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(request: web.Request) -> web.Response:
        portal = prints.portal(request.match_info["secret"])
        if portal is None:
            raise web.HTTPNotFound(text="")
        try:
            async with asyncio.timeout(BODY_S):
                body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _said({"ERRORS": ["The check is too large for a cash register"], "STATUS": "WAIT"})
        except TimeoutError:
            return _said({"ERRORS": [BUSY], "STATUS": "WAIT"})
        return _said(await carry_out(portal, request.content_type, body))

    return handler


def _said(value: dict[str, Any]) -> web.Response:
    return web.json_response(value, headers={"Cache-Control": "no-store"})
