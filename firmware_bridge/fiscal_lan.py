"""Beside a sale's way: `firmware-bridge fiscal …` at a register of the shop's network. It only asks.

What a register cannot tell is refused with what there is instead, before anything is asked.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final, Protocol

from drivers.errors import DeviceError
from firmware_bridge.clock import SystemClock, TillClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.fiscal_arguments import Wish
from firmware_bridge.logs import without

Say = Callable[[str], None]
_CANNOT: Final = "nothing was asked for"


class Row(Protocol):
    """One thing that was looked at."""

    @property
    def what(self) -> str: ...
    @property
    def ok(self) -> bool: ...
    @property
    def found(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Looked:
    """One thing that was looked at: `found` in words."""

    what: str
    ok: bool
    found: str


@dataclass(slots=True)
class Teller:
    """Everything that is told passes here, without secrets."""

    say: Say
    as_json: bool
    secrets: list[str] = field(default_factory=list, repr=False)

    def clean(self, text: str) -> str:
        """The text without what nobody may read."""
        return without(text, self.secrets)

    def tell(self, text: str, data: object) -> None:
        """One of the two."""
        self.say(self.clean(json.dumps(data, ensure_ascii=False) if self.as_json else text))

    def tell_rows(self, rows: Sequence[Row]) -> int:
        """Returns 0. Raises UserError when one of them is not in order."""
        wrong = [row for row in rows if not row.ok]
        told = "\n".join(f"{'ok ' if row.ok else 'BAD'} {row.what:<10} {row.found}" for row in rows)
        checks = [asdict(Looked(row.what, row.ok, row.found)) for row in rows]
        self.tell(told, {"ok": not wrong, "checks": checks})
        if wrong:
            sentence = f"{len(wrong)} of {len(rows)} not in order: {wrong[0].what}: {wrong[0].found}"
            raise UserError(self.clean(sentence))
        return 0


class Desk(Protocol):
    """What one vendor's register can be asked."""

    name: str
    #: Part -> what there is instead, for what it cannot tell.
    instead: Mapping[str, str]

    @property
    def parts(self) -> Mapping[str, Callable[[], Awaitable[int]]]: ...
    async def close(self) -> None: ...


def networked(config: Config) -> bool:
    """Has this till a register on the shop's network?"""
    register = config.fiscaliser
    return register is not None and (register.ikassa is not None or register.smartone is not None)


def run(config: Config, wish: Wish, say: Say, *, clock: TillClock | None = None) -> int:
    """Look and tell; returns 0 when all is in order. Raises UserError with one sentence, UsageError."""
    teller = Teller(say, wish.as_json)
    return asyncio.run(_run(config, wish, teller, clock or SystemClock()))


async def _run(config: Config, wish: Wish, teller: Teller, clock: TillClock) -> int:
    desk = _desk(config, wish, teller, clock)
    try:
        part = desk.parts.get(wish.part)
        if part is None:
            raise UsageError(f"{desk.name} cannot tell this (fiscal {wish.part}); {_CANNOT}", desk.instead[wish.part])
        if wish.png is not None:
            raise UsageError(f"{desk.name} draws no picture of a receipt; {_CANNOT}", "leave --png out")
        return await part()
    except DeviceError as error:
        hint = "see that it is switched on and in the network, and that its address is right"
        raise UserError(teller.clean(f"{error.text}; nothing was changed there"), hint) from error
    finally:
        await desk.close()


def _desk(config: Config, wish: Wish, teller: Teller, clock: TillClock) -> Desk:
    """Raises UsageError."""
    if config.fiscaliser is not None and config.fiscaliser.ikassa is not None:
        from firmware_bridge.fiscal_ikassa import IkassaDesk  # noqa: PLC0415 - loaded only where there is one

        return IkassaDesk(config, wish, teller, clock)
    from firmware_bridge.fiscal_smartone import SmartOneDesk  # noqa: PLC0415 - loaded only where there is one

    return SmartOneDesk(config, wish, teller, clock)
