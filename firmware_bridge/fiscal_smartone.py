"""Beside a sale's way: what a person can ask a register of SmartOne: how it stands, its sums, one document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

import msgspec

from firmware_bridge import credentials, ports
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.fiscal_arguments import Wish
from firmware_bridge.fiscal_lan import Looked, Teller
from firmware_bridge.vendors.smartone import evidence, moments, wire
from firmware_bridge.vendors.smartone.client import SmartOneClient, Times
from firmware_bridge.vendors.smartone.config import SmartOneConfig
from firmware_bridge.vendors.smartone.desk import ShiftDesk, Standing
from firmware_bridge.vendors.smartone.documents import fiscal
from firmware_bridge.vendors.smartone.errors import ROLE, Rejected
from firmware_bridge.vendors.smartone.evidence import Evidence
from firmware_bridge.vendors.smartone.forms import Forms
from firmware_bridge.vendors.smartone.messages import EcrDocument, EcrReport, text
from firmware_bridge.vendors.smartone.report import ShiftReport, TaxSum, mapping
from firmware_bridge.vendors.smartone.requests import Question
from statemachines.state import fiscal_doc_id


class SmartOneDesk:
    """One look at one register."""

    name = "SmartOne"
    instead: Mapping[str, str] = MappingProxyType(
        {
            "search": "fiscal report tells the sums of the open shift",
            "mode": "fiscal check tells how its shift stands",
            "codes": "it sells nothing off line",
            "find": "its address stands in its own settings",
        }
    )

    def __init__(self, config: Config, wish: Wish, teller: Teller, clock: TillClock) -> None:
        """Reads its secret; raises UsageError."""
        section = config.fiscaliser.smartone if config.fiscaliser is not None else None
        if section is None:
            raise UsageError("There is no [fiscaliser.smartone] in the configuration")
        self._config = config
        self._wish = wish
        self._teller = teller
        self._clock = clock
        self._section = section
        self._client = _client(section, clock, teller.secrets.append)
        self._forms = Forms(ZoneInfo(section.zone or config.till.zone), {}, profile=section.profile)
        self._desk = ShiftDesk(self._client, self._forms, clock)

    @property
    def parts(self) -> Mapping[str, Callable[[], Awaitable[int]]]:
        """See Desk."""
        return {"check": self._check, "report": self._report, "receipt": self._receipt}

    async def close(self) -> None:
        await self._client.close()

    # --- check ------------------------------------------------------------------------------------------------------

    async def _check(self) -> int:
        try:
            standing = await self._desk.look()
        except Rejected as no:
            return self._teller.tell_rows([Looked("signature", ok=False, found=no.text)])
        rows = [Looked("signature", ok=True, found="the register takes the merchant id"), self._shift(standing)]
        if standing.open:
            sums, taxes = await self._sums()
            rows += [*self._money(sums), *self._taxes(taxes)]
        return self._teller.tell_rows(rows)

    def _shift(self, standing: Standing) -> Looked:
        number = f" {standing.shift}" if standing.shift else ""
        if not standing.open:
            return Looked("shift", ok=True, found="none is open")
        if standing.exceeds_at is None:
            return Looked("shift", ok=True, found=f"{number} is open".strip())
        until = moments.written(standing.exceeds_at, self._forms.zone)
        ended = self._clock.utc_ms() >= standing.exceeds_at
        told = f"{number} may be open until {until} at the latest".strip()
        return Looked("shift", ok=not ended, found=f"{told}: close it" if ended else told)

    def _money(self, sums: Evidence) -> Iterator[Looked]:
        if sums.cash is not None:
            yield Looked("cash", ok=True, found=f"{self._major(sums.cash)} in the drawer by its count")
        if sums.open_orders:
            stands = self._section.open_orders == "check"
            told = f"{sums.open_orders} are open"
            wrong = f"{told}, and with them the shift is not closed"
            yield Looked("orders", ok=not stands, found=wrong if stands else told)

    def _taxes(self, sold: Mapping[str, TaxSum]) -> Iterator[Looked]:
        """What was sold under a code at another rate than the configuration's."""
        for key, group in self._config.taxes.items():
            if group.smartone is None:
                continue
            rate, code = sum(tax.rate for tax in group.taxes), group.smartone.code
            there = sold.get(code)
            told = f"{key} is {_percent(rate)} in the configuration under code {code}"
            if there is None:
                yield Looked("tax", ok=True, found=f"{told}; nothing was sold under it yet")
            else:
                yield Looked("tax", ok=there.tax_val == rate, found=f"{told} and {_percent(there.tax_val)} there")

    async def _sums(self) -> tuple[Evidence, Mapping[str, TaxSum]]:
        """Of the open shift; taxes where its report tells them by code."""
        if self._forms.profile == "ecr":
            return evidence.of_ecr(await self._client.ask("x_report", EcrReport)), {}
        report = await self._client.ask("x_report", ShiftReport)
        return evidence.of_core(report), mapping(mapping(report.totals.taxes).get("sale", {}))

    # --- report -----------------------------------------------------------------------------------------------------

    async def _report(self) -> int:
        """The sums of the open shift. Raises UsageError for a time, UserError when no shift is open."""
        if self._wish.first or self._wish.last:
            raise UsageError("SmartOne tells the sums of its open shift alone; nothing was asked for", "without dates")
        if not (await self._desk.look()).open:
            raise UserError(
                "At the register no shift is open, so there is nothing to report; nothing was changed there"
            )
        sums, _ = await self._sums()
        rows = [f"shift {sums.shift or '-'} since {sums.opened_at or '-'}"]
        rows += [f"{kind:<9} {count:>5} {self._major(total):>12}" for kind, (count, total) in sums.totals.items()]
        rows += [] if sums.cash is None else [f"{'cash':<15} {self._major(sums.cash):>12}"]
        self._teller.tell("\n".join(rows), msgspec.to_builtins(sums))
        return 0

    # --- one document -----------------------------------------------------------------------------------------------

    async def _receipt(self) -> int:
        """By the till's id for it. Raises UsageError where documents have none, UserError when it is not known."""
        wanted = self._wish.receipt
        if self._forms.profile == "core":
            raise UsageError(
                "Core-cashbox finds no document by its id; nothing was asked for", "look for it at the register itself"
            )
        try:
            found = await self._client.ask("status", EcrDocument, Question(fiscal_doc_id(wanted, 1)))
        except Rejected as no:
            if no.judgement.verdict != "unknown":
                raise
            found = EcrDocument()
        if not fiscal(found):
            raise UserError(f"SmartOne knows no document {wanted}; nothing was changed there")
        total = "-" if found.amount is None else self._major(found.amount)
        line = f"{found.doc_time or '-'}  number {text(found.fiscal_num) or '-'}  {text(found.fiscal_id)}  {total}"
        self._teller.tell(line, msgspec.to_builtins(found))
        return 0

    def _major(self, minor: int) -> str:
        exponent = self._config.exponent
        return f"{minor / 10**exponent:.{exponent}f}"


def _client(section: SmartOneConfig, clock: TillClock, on_secret: Callable[[str], None]) -> SmartOneClient:
    """Raises UsageError."""
    merchant_id = credentials.read(section.merchant_id, "fiscaliser.smartone.merchant_id", on_secret)
    try:
        line: wire.Wire = (
            wire.http(section.url, clock.monotonic)
            if section.url
            else wire.SerialWire(ports.make(section.port, clock, role=ROLE, driver="smartone"))
        )
    except (ValueError, OSError) as error:
        raise UsageError(f"fiscaliser.smartone: {error}") from error
    times = Times(float(section.answer_s), float(section.card_wait_s), float(section.settle_s))
    return SmartOneClient(line, merchant_id, times, paths={str(name): path for name, path in section.paths.items()})


def _percent(rate: int) -> str:
    """1800 -> 18 %."""
    whole, rest = divmod(rate, 100)
    return f"{whole}.{rest:02d} %" if rest else f"{whole} %"
