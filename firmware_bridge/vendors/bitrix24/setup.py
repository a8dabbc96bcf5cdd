"""Before a sale's way begins: handler and cash registers at a portal are made what the configuration says, once.

Run again it changes only what differs. A handler is known by its code, a cash register by its number (NUMBER_KKM): a
portal lists neither its handler nor its settings. What was sent and not answered is looked for before it is repeated.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from drivers.errors import Unanswered
from firmware_bridge.progress import QUIET, Progress
from firmware_bridge.vendors.bitrix24.client import Client, rows
from firmware_bridge.vendors.bitrix24.config import PortalConfig
from firmware_bridge.vendors.bitrix24.errors import Rejected
from firmware_bridge.vendors.bitrix24.messages import (
    CASHBOX_ADD,
    CASHBOX_DELETE,
    CASHBOX_LIST,
    CASHBOX_SELECT,
    CASHBOX_UPDATE,
    HANDLER_ADD,
    HANDLER_DELETE,
    HANDLER_LIST,
    HANDLER_UPDATE,
    Cashbox,
    CashboxRow,
    Handler,
    HandlerRow,
    Json,
    number_of,
)

T = TypeVar("T")
PAGE: Final = 50
MOST_PAGES: Final = 40
TRIES: Final = 3
#: What may be set of a cash register in the portal's own form: which till it is.
CONFIG: Final[Mapping[str, Any]] = {
    "TILL": {
        "LABEL": "Firmware Bridge",
        "ITEMS": {"ID": {"TYPE": "STRING", "LABEL": "Till", "REQUIRED": "N"}},
    }
}


class SetupError(Exception):
    """The portal is not as it has to be for this; one sentence, nothing more was changed."""


@dataclass(frozen=True, slots=True)
class Done:
    """One step: what it was about, what was done, the portal's id, and which fields differed."""

    what: str
    did: Literal["added", "updated", "unchanged", "deleted", "absent"]
    id: int = 0
    fields: tuple[str, ...] = ()


def handler(config: PortalConfig, secret: str) -> Handler:
    """The handler as the configuration says. `secret`: the part of the address that nobody else knows."""
    section = config.handler
    base = f"{config.public_url.rstrip('/')}/bitrix24/{secret}"
    return Handler(
        code=section.code,
        name=section.name,
        print_url=f"{base}/print",
        check_url=f"{base}/check",
        sort=section.sort,
        http_version=section.http_version,
        supports_ffd105=section.supports_ffd105,
        config=CONFIG,
    )


def cashbox(config: PortalConfig, till: str) -> Cashbox:
    """One till as a cash register."""
    one = config.registers[till]
    return Cashbox(
        name=one.name,
        rest_code=config.handler.code,
        email=one.email,
        ofd=one.ofd,
        ofd_settings=one.ofd_settings,
        number_kkm=config.number_kkm(till),
        active=one.active,
        sort=one.sort,
        use_offline=one.use_offline,
        settings={"TILL": {"ID": till}, **one.settings},
    )


class Setup:
    """The set-up of one portal. Every method raises SetupError and what `Client.call` raises."""

    def __init__(self, client: Client, config: PortalConfig, secret: str, progress: Progress = QUIET) -> None:
        self._progress = progress
        self._client = client
        self._config = config
        self._handler = handler(config, secret)

    async def run(self) -> list[Done]:
        """Make it so."""
        self._begin("setting the portal up")
        done = [await self._one_handler()]
        self._progress.advance()
        done += [await self._one_cashbox(till) for till in self._progress.over(self._config.registers)]
        return done

    def _begin(self, what: str) -> None:
        self._progress.begin(what, 1 + len(self._config.registers), "steps")

    async def remove(self) -> list[Done]:
        """Take our cash registers and our handler away; what is not there is so already."""
        self._begin("taking what is ours away")
        done = []
        for till in self._progress.over(self._config.registers):
            row = await self._cashbox_of(till)
            what = f"cash register {till}"
            done.append(await self._deleted(what, CASHBOX_DELETE, row.id if row else 0, "ERROR_CASHBOX_NOT_FOUND"))
        found = await self._find_handler()
        number = found.id if found else 0
        done.append(await self._deleted("handler", HANDLER_DELETE, number, "ERROR_HANDLER_NOT_FOUND"))
        return done

    async def handlers(self) -> list[HandlerRow]:
        """All handlers of the portal."""
        return [HandlerRow.of(row) for row in rows(await self._client.call(HANDLER_LIST))]

    async def cashboxes(self) -> list[CashboxRow]:
        """All cash registers of the portal."""
        found: list[CashboxRow] = []
        for page in range(MOST_PAGES):
            asked = {"SELECT": list(CASHBOX_SELECT), "ORDER": {"ID": "asc"}, "start": page * PAGE}
            part = [CashboxRow.of(row) for row in rows(await self._client.call(CASHBOX_LIST, asked))]
            known = {one.id for one in found}
            found += [one for one in part if one.id not in known]
            if len(part) < PAGE or known >= {one.id for one in part}:
                break
        return found

    # --- the handler ------------------------------------------------------------------------------------------------

    async def _find_handler(self) -> HandlerRow | None:
        return next((one for one in await self.handlers() if one.code == self._handler.code), None)

    async def _one_handler(self) -> Done:
        async def look() -> int | None:
            row = await self._find_handler()
            return None if row is None else row.id

        row = await self._find_handler()
        if row is None:
            number = await self._added(HANDLER_ADD, self._handler.added(), look)
            return Done("handler", "added", number)
        differs = self._handler.differs(row)
        if not differs:
            return Done("handler", "unchanged", row.id)
        await self._repeated(HANDLER_UPDATE, self._handler.updated(row.id))
        return Done("handler", "updated", row.id, differs)

    # --- the cash registers -----------------------------------------------------------------------------------------

    async def _cashbox_of(self, till: str) -> CashboxRow | None:
        number = self._config.number_kkm(till)
        found = [one for one in await self.cashboxes() if one.fields["NUMBER_KKM"] == number]
        if len(found) > 1:
            ids = ", ".join(str(one.id) for one in found)
            raise SetupError(
                f"The portal has several cash registers with number {number} ({ids}): delete all but one there, or "
                f"give registers.{till} another number_kkm; this one was not changed."
            )
        return found[0] if found else None

    async def _one_cashbox(self, till: str) -> Done:
        async def look() -> int | None:
            row = await self._cashbox_of(till)
            return None if row is None else row.id

        what, wanted = f"cash register {till}", cashbox(self._config, till)
        row = await self._cashbox_of(till)
        if row is None:
            return Done(what, "added", await self._added(CASHBOX_ADD, wanted.added(), look))
        differs = wanted.differs(row)
        # settings are not listed: they are laid over what is there each time, which changes nothing the second time
        await self._repeated(CASHBOX_UPDATE, wanted.updated(row.id))
        return Done(what, "updated" if differs else "unchanged", row.id, differs)

    # --- requests that may have been done -----------------------------------------------------------------------------

    async def _added(self, method: str, parameters: Json, look: Callable[[], Awaitable[int | None]]) -> int:
        """Add once, whatever becomes of the answer."""
        for tried in range(1, TRIES + 1):
            try:
                return number_of(await self._client.call(method, parameters))
            except Unanswered:
                found = await look()
                if found is not None:
                    return found
                if tried == TRIES:
                    raise
        raise AssertionError(method)

    async def _repeated(self, method: str, parameters: Json) -> None:
        """For what may be done twice."""
        for tried in range(1, TRIES + 1):
            try:
                await self._client.call(method, parameters)
            except Unanswered:
                if tried == TRIES:
                    raise
            else:
                return

    async def _deleted(self, what: str, method: str, number: int, gone: str) -> Done:
        if not number:
            return Done(what, "absent")
        try:
            await self._repeated(method, {"ID": number})
        except Rejected as no:
            if no.code != gone:
                raise
        return Done(what, "deleted", number)


def told(done: Sequence[Done]) -> list[str]:
    """One line for each step."""
    lines = []
    for one in done:
        number = f" (id {one.id})" if one.id else ""
        fields = f": {', '.join(one.fields)}" if one.fields else ""
        lines.append(f"{one.what}: {one.did}{number}{fields}")
    return lines
