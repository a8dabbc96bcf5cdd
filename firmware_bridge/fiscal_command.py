"""Beside a sale's way: `firmware-bridge fiscal …`, a person's look at the fiscal register.

It changes nothing there, but for `webhook set` and `webhook remove`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from drivers.errors import DeviceError
from firmware_bridge import fiscal_lan, fiscal_webhook, fiscalisers
from firmware_bridge.clock import SystemClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.fiscal_arguments import Wish
from firmware_bridge.logs import without
from firmware_bridge.progress import QUIET, Progress
from firmware_bridge.vendors.checkbox import build, inspection
from firmware_bridge.vendors.checkbox.client import CheckboxClient
from firmware_bridge.vendors.checkbox.errors import Rejected
from firmware_bridge.vendors.checkbox.forms import Forms
from firmware_bridge.vendors.checkbox.messages import Info, Receipt
from firmware_bridge.vendors.checkbox.register_check import is_test
from firmware_bridge.vendors.datecs import desk

Say = Callable[[str], None]


class _Desk:
    """One look at one register; everything that is told passes here, without secrets."""

    def __init__(self, config: Config, wish: Wish, say: Say, version: str, progress: Progress) -> None:
        self._progress = progress
        self._config = config
        self._wish = wish
        self._say = say
        self._secrets: list[str] = []
        self._client: CheckboxClient
        self._forms: Forms
        self._client, self._forms = build.parts(config, SystemClock(), version, self._secrets.append)

    async def run(self) -> int:
        """Sign in, refuse a live register that was not meant, look. Raises UserError."""
        parts: dict[str, Callable[[Info], Awaitable[int]]] = {
            "check": self._check,
            "search": self._search,
            "report": self._report,
            "receipt": self._receipt,
            "mode": self._mode,
            "codes": self._codes,
            "webhook": self._webhook,
        }
        try:
            await self._client.sign_in()
            info = await self._client.info()
            if not is_test(info) and not self._wish.live:
                raise UsageError(
                    f"Register {info.fiscal_number} is a live one; nothing but its name was asked for",
                    "type --live if that is meant",
                )
            return await parts[self._wish.part](info)
        except Rejected as no:
            code = 2 if no.judgement.verdict == "configuration" else 1
            raise UserError(self._clean(f"Checkbox refused: {no.text}; nothing was changed"), exit_code=code) from no
        except DeviceError as error:
            raise UserError(self._clean(f"{error.text}; nothing was changed there"), "try again later") from error
        finally:
            await self._client.close()

    def _clean(self, text: str) -> str:
        return without(text, self._secrets)

    def _tell(self, text: str, data: object) -> None:
        self._say(self._clean(json.dumps(data, ensure_ascii=False) if self._wish.as_json else text))

    async def _check(self, info: Info) -> int:
        return self._tell_rows(await inspection.inspect(self._client, self._forms, info))

    async def _mode(self, info: Info) -> int:
        return self._tell_rows(await inspection.mode(self._client, self._forms, info))

    async def _codes(self, _: Info) -> int:
        return self._tell_rows(await inspection.codes(self._client, self._forms))

    async def _webhook(self, _: Info) -> int:
        section = build.section_of(self._config)
        return self._tell_rows(await fiscal_webhook.carry_out(self._client, section, self._wish, self._secrets.append))

    def _tell_rows(self, rows: Sequence[inspection.Row]) -> int:
        wrong = [row for row in rows if not row.ok]
        told = "\n".join(f"{'ok ' if row.ok else 'BAD'} {row.what:<10} {row.found}" for row in rows)
        self._tell(told, {"ok": not wrong, "checks": [asdict(row) for row in rows]})
        if wrong:
            raise UserError(self._clean(f"{len(wrong)} of {len(rows)} not in order: {wrong[0].what}: {wrong[0].found}"))
        return 0

    async def _search(self, _: Info) -> int:
        first, last = between(self._wish.first, self._wish.last, self._config.till.zone)
        count = 0
        self._progress.begin("asking for the receipts", unit="receipts")
        async with aclosing(inspection.search(self._client, first, last, self._wish.fiscal_code)) as found:
            async for receipt in found:
                count += 1
                self._progress.advance()
                self._tell(self._line(receipt), _data(receipt))
        if not count and not self._wish.as_json:
            self._say("no receipts")
        return 0

    async def _report(self, _: Info) -> int:
        first, last = between(self._wish.first, self._wish.last, self._config.till.zone)
        text = (await self._client.periodical_report(first, last)).rstrip("\n")
        self._tell(text, {"from": first, "to": last, "text": text})
        return 0

    async def _receipt(self, _: Info) -> int:
        receipt = await inspection.find(self._client, self._wish.receipt)
        if receipt is None:
            raise UserError(f"Checkbox knows no receipt {self._wish.receipt}; nothing was written")
        if self._wish.png is None:
            text = (await self._client.receipt_text(receipt.id)).rstrip("\n")
            self._tell(text, {**_data(receipt), "text": text})
            return 0
        picture = await self._client.receipt_png(receipt.id)
        with self._wish.png.open("xb") as file:
            file.write(picture)
        self._tell(f"{self._wish.png}: {len(picture)} bytes", {**_data(receipt), "png": str(self._wish.png)})
        return 0

    def _line(self, receipt: Receipt) -> str:
        total = f"{receipt.total_sum / 10**self._config.exponent:.{self._config.exponent}f}"
        number, at = receipt.fiscal_code or "-", receipt.fiscal_date or receipt.created_at
        return f"{at}  {receipt.type:<11} {receipt.status:<8} {number:<11} {total:>12}  {receipt.id}"


def _data(receipt: Receipt) -> dict[str, object]:
    """Money in minor units."""
    return {
        "id": receipt.id,
        "type": receipt.type,
        "status": receipt.status,
        "serial": receipt.serial,
        "fiscal_number": receipt.fiscal_code or "",
        "date": receipt.fiscal_date or receipt.created_at,
        "total": receipt.total_sum,
        "offline": receipt.is_created_offline,
    }


def between(first: str, last: str, zone: str) -> tuple[str, str]:
    """Two moments in ISO 8601 with an offset, the second one excluded. A date stands for its whole day in `zone`.

    Raises UsageError for what is no time, and when nothing lies between them.
    """
    begin, end = _moment("--from", first, zone, days=0), _moment("--to", last, zone, days=1)
    if begin >= end:
        raise UsageError(f"--from {first} is not before --to {last}; nothing was asked for")
    return begin.isoformat(), end.isoformat()


def _moment(option: str, text: str, zone: str, *, days: int) -> datetime:
    local = ZoneInfo(zone)
    try:
        if len(text) == len("2026-01-31"):
            day = date.fromisoformat(text) + timedelta(days=days)
            return datetime(day.year, day.month, day.day, tzinfo=local)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{option} {text!r} is no date or moment, such as 2026-01-31 or 2026-01-31T18:00") from error
    return at if at.tzinfo is not None else at.replace(tzinfo=local)


def run(config: Config, wish: Wish, say: Say, version: str, progress: Progress = QUIET) -> int:
    """Carry it out; returns 0. Raises UserError with one sentence, UsageError for a configuration that cannot be."""
    if wish.part == "webhook":
        _check_webhook(config, wish)
    section = fiscalisers.hardware(config)
    if section is not None:
        return desk.run(config, section, wish, say)
    if fiscal_lan.networked(config):
        return fiscal_lan.run(config, wish, say)
    if wish.part == "find":
        raise UsageError("fiscal find looks for tills of iKassa, and there is no [fiscaliser.ikassa]; nothing was sent")
    if wish.part == "report" and not (wish.first and wish.last):
        raise UsageError("fiscal report needs --from and --to; nothing was asked for")
    if wish.part in ("search", "report"):
        between(wish.first, wish.last, config.till.zone)  # refused before anything is asked
    return asyncio.run(_Desk(config, wish, say, version, progress).run())


def _check_webhook(config: Config, wish: Wish) -> None:
    """Raises UsageError for what cannot be, before anything is sent."""
    if config.fiscaliser is None or config.fiscaliser.checkbox is None:
        raise UsageError("fiscal webhook is for Checkbox, and there is no [fiscaliser.checkbox]; nothing was sent")
    if wish.action == "set":
        fiscal_webhook.address(wish.url)
    elif wish.url:
        raise UsageError(f"fiscal webhook {wish.action} takes no address; nothing was sent")
