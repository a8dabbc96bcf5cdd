"""Beside a sale's way: `firmware-bridge book …`, a person at the cash book of the drawers (NewStore).

It looks, compares the journal with the book, and changes the store's drawers. Whatever it changes it names before, and
says what is not certain afterwards. Money is told in major units, in JSON in minor ones.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime

from drivers.errors import DeviceError, Refused
from firmware_bridge import book_words
from firmware_bridge.book_arguments import Part, Wish
from firmware_bridge.clock import SystemClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.fiscal_command import between
from firmware_bridge.logs import without
from firmware_bridge.progress import QUIET, Progress
from firmware_bridge.vendors.newstore import build, inspection
from firmware_bridge.vendors.newstore.admin import NOT_FOUND, Admin, Deed
from firmware_bridge.vendors.newstore.audit import day_source, journal_look, reports
from firmware_bridge.vendors.newstore.audit.comparer import comparer
from firmware_bridge.vendors.newstore.audit.day_source import JournalFacts, Stretch
from firmware_bridge.vendors.newstore.audit.findings import Comparison
from firmware_bridge.vendors.newstore.audit.till_day import TillDay
from firmware_bridge.vendors.newstore.desk import Desk, Rejected, Unusable
from firmware_bridge.vendors.newstore.inspection import Row, Wanted
from firmware_bridge.vendors.newstore.messages import REPORTED_TYPES

Say = Callable[[str], None]


def run(config: Config, wish: Wish, say: Say, version: str, progress: Progress = QUIET) -> int:
    """Carry it out; returns 0. Raises UserError with one sentence, UsageError for a configuration that cannot be."""
    if wish.first:
        between(wish.first, wish.last, config.till.zone)  # refused before anything is asked
    if wish.kind and wish.kind not in REPORTED_TYPES:
        raise UsageError(f"--type {wish.kind!r} is none of {', '.join(REPORTED_TYPES)}; nothing was asked for")
    return asyncio.run(_Counter(config, wish, say, version, progress).run())


class _Counter:
    """One visit; everything that is told passes here, without secrets."""

    def __init__(self, config: Config, wish: Wish, say: Say, version: str, progress: Progress) -> None:
        self._progress = progress
        self._config, self._wish, self._say = config, wish, say
        self._clock = SystemClock()
        self._secrets: list[str] = []
        self._parts = build.parts(config, self._clock, version, self._secrets.append)
        self._desk = Desk(self._parts.client)
        self._admin = Admin(self._desk, self._parts.calls)

    async def run(self) -> int:
        """Raises UserError."""
        parts: dict[Part, Callable[[], Awaitable[None]]] = {
            "check": self._check,
            "config": self._configuration,
            "types": self._types,
            "drawers": self._drawers,
            "drawer": self._drawer,
            "add": self._add,
            "update": self._update,
            "remove": self._remove,
            "reports": self._reports,
            "transactions": self._transactions,
            "reconcile": self._reconcile,
        }
        try:
            await parts[self._wish.part]()
        except UserError as error:
            raise UserError(self._clean(error.text), self._clean(error.hint), error.exit_code) from error
        except Rejected as no:
            hint = "`firmware-bridge book check` shows what NewStore knows" if no.status == NOT_FOUND else ""
            raise UserError(self._clean(f"NewStore refused: {no.text}; nothing was changed"), hint) from no
        except Unusable as no:
            raise UserError(self._clean(f"{no.text}; nothing was changed")) from no
        except Refused as no:
            raise UsageError(self._clean(f"{no.text}; nothing was changed")) from no
        except DeviceError as error:
            raise UserError(self._clean(f"{error.text}; nothing was changed there"), "try again later") from error
        finally:
            await self._parts.client.close()
        return 0

    def _clean(self, text: str) -> str:
        return without(text, self._secrets)

    def _tell(self, text: str, data: object) -> None:
        self._say(self._clean(json.dumps(data, ensure_ascii=False) if self._wish.as_json else text))

    def _theirs(self, name: str) -> str:
        """NewStore's drawer of ours, or the one that was named."""
        return self._parts.set_up.drawers.get(name, name)

    # --- looking ----------------------------------------------------------------------------------------------------

    async def _check(self) -> None:
        rows = await self._inspected()
        wrong = [row for row in rows if not row.ok]
        told = "\n".join(f"{'ok ' if row.ok else 'BAD'} {row.what:<8} {row.found}" for row in rows)
        self._tell(told, {"ok": not wrong, "checks": [asdict(row) for row in rows]})
        if wrong:
            raise UserError(f"{len(wrong)} of {len(rows)} not in order: {wrong[0].what}: {wrong[0].found}")

    async def _inspected(self) -> list[Row]:
        section = self._config.book.newstore if self._config.book is not None else None
        if section is None:
            raise UsageError("There is no [book.newstore] in the configuration")
        opened = {"no_sale"} if "no_sale" in (section.forced_open, section.commanded_open) else set()
        wanted = Wanted(
            set_up=self._parts.set_up,
            reasons=section.reasons,
            texts={str(name): texts for name, texts in self._config.cash.reasons.items()},
            told=frozenset(opened | self._config.cash.reasons.keys()),
        )
        rows = await inspection.inspect(self._admin, wanted)
        return [*rows, inspection.clock(self._parts.client.answered_at, self._clock.utc_ms())]

    async def _configuration(self) -> None:
        wish = self._wish
        if wish.drawer_type or wish.cash_management:
            switched = {"on": True, "off": False}.get(wish.cash_management)
            await self._change(await self._admin.configuring(wish.drawer_type, enabled=switched))
            return
        found = await self._admin.config()
        if found is None:
            raise UserError(
                f"NewStore has no cash drawer configuration of store {self._parts.calls.store_id}",
                "check store_id, or make one with --type and --cash-management",
            )
        switch = "on" if found.cash_management_enabled else "off"
        text = f"store {self._parts.calls.store_id}: {found.cash_drawer_type} drawers, cash management {switch}"
        self._tell(text, {"type": found.cash_drawer_type, "cash_management": found.cash_management_enabled})

    async def _types(self) -> None:
        for name, kind in (await self._admin.types()).items():
            self._tell(*book_words.kind(name, kind))

    async def _drawers(self) -> None:
        ours = {theirs: name for name, theirs in self._parts.set_up.drawers.items()}
        found = await self._admin.drawers()
        for one in found:
            self._tell(*book_words.drawer(one, ours.get(one.cash_drawer_id, "")))
        if not found and not self._wish.as_json:
            self._say("no drawers")

    async def _drawer(self) -> None:
        one = await self._admin.drawer(self._theirs(self._wish.drawer))
        ours = {theirs: name for name, theirs in self._parts.set_up.drawers.items()}
        self._tell(*book_words.drawer(one, ours.get(one.cash_drawer_id, "")))

    # --- changing ---------------------------------------------------------------------------------------------------

    async def _add(self) -> None:
        wish = self._wish
        drawer = self._theirs(wish.drawer)
        await self._change(await self._admin.adding(drawer, wish.name, wish.amount, wish.currency, wish.drawer_type))

    async def _update(self) -> None:
        wish = self._wish
        await self._change(await self._admin.updating(self._theirs(wish.drawer), wish.name, wish.amount))

    async def _remove(self) -> None:
        await self._change(self._admin.removing(self._theirs(self._wish.drawer)))

    async def _change(self, deed: Deed) -> None:
        self._tell(f"will {deed.will}", {"will": deed.will})
        await self._admin.carry_out(deed)
        self._tell("done", {"done": deed.will})

    # --- reports ----------------------------------------------------------------------------------------------------

    async def _reports(self) -> None:
        found = await reports.daily(self._desk, self._parts.calls, self._theirs(self._wish.drawer))
        for one in found:
            self._tell(*book_words.report(one))
        if not found and not self._wish.as_json:
            self._say("no daily reports")

    async def _transactions(self) -> None:
        begin, end = self._span()
        rows = await reports.of_store(self._desk, self._parts.calls, begin, end - 1, self._wish.kind)
        for row in rows:
            self._tell(*book_words.row(row))
        if not rows and not self._wish.as_json:
            self._say("no transactions")

    def _span(self) -> tuple[int, int]:
        """UTC ms, the second excluded."""
        first, last = between(self._wish.first, self._wish.last, self._config.till.zone)
        begin, end = (round(datetime.fromisoformat(text).timestamp() * 1000) for text in (first, last))
        return begin, end

    # --- the journal against the book -------------------------------------------------------------------------------

    async def _reconcile(self) -> None:
        drawers = self._parts.set_up.drawers
        if self._wish.drawer and self._wish.drawer not in drawers:
            known = ", ".join(drawers)
            raise UsageError(f"Drawer {self._wish.drawer} is not told to NewStore, only {known}; nothing was compared")
        wanted = [self._wish.drawer] if self._wish.drawer else list(drawers)
        found: list[Comparison] = []
        with journal_look.look(self._config.journal.path) as journal:
            books = comparer(self._config, self._parts.client, journal, self._clock.utc_ms)
            for name in wanted:
                self._progress.begin(f"reading the journal's days of drawer {name}")
                stretch, days = await self._days(journal, name)
                self._progress.begin(f"comparing drawer {name}", len(days), "days")
                for day in self._progress.over(days):
                    found.append(await books.day(stretch, day))
                    self._tell(*book_words.comparison(found[-1]))
        self._judge(found)

    async def _days(self, journal: JournalFacts, drawer: str) -> tuple[Stretch, Sequence[TillDay]]:
        """The days of one drawer that were asked for."""
        if self._wish.day:
            stretch = await day_source.with_day(journal, drawer, self._wish.day)
            return stretch, [day for day in stretch.days if day.day_id == self._wish.day]
        if self._wish.first:
            begin, end = self._span()
            stretch = await day_source.since(journal, drawer, begin)
            return stretch, [day for day in stretch.days if begin <= day.opened_at < end]
        stretch = await day_source.latest(journal, drawer)
        return stretch, [day for day in stretch.days if day.closed][-1:]

    def _judge(self, found: Sequence[Comparison]) -> None:
        if not found:
            raise UserError("The journal has no such day of a drawer that NewStore is told of; nothing was compared")
        findings = [finding for one in found for finding in one.findings]
        if findings:
            days = f"{len(found)} days" if len(found) > 1 else "the day"
            differences = "1 difference" if len(findings) == 1 else f"{len(findings)} differences"
            raise UserError(f"{differences} in {days}: {findings[0].text}")
