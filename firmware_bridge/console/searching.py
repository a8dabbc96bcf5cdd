"""Beside a till: receipts by what a person knows of them: a word, a number, a sum, a day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from firmware_bridge.console import looks
from firmware_bridge.console.session import Session
from firmware_bridge.console.shifts import minor_units

_PAGE: Final = 200
_PAPERS: Final = 300
_MOST: Final = 2000
_SHOWN: Final = 50
_DATE: Final = re.compile(r"(?:(\d{4})-(\d\d?)-(\d\d?)|(\d\d?)\.(\d\d?)(?:\.(\d{4}))?)")


def days(text: str, today: date) -> date | None:
    """ "2026-11-21", "21.11.2026" or "21.11" (the last one that was) as a day; None for what is none."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    try:
        named = date(int(year or today.year), int(month), int(day))
        return named if year or named <= today else named.replace(year=named.year - 1)
    except ValueError:
        return None


def receipts_find(session: Session, arguments: Sequence[str]) -> None:
    """By a word on the paper, the number (ours or the fiscaliser's), the sum or the day."""
    wanted = " ".join(arguments)
    found: list[looks.Json] = []
    looked = 0
    before = ""
    session.progress.begin("receipts", _MOST)
    while looked < _MOST and len(found) < _SHOWN:
        page = session.api().get(f"/v1/receipts?limit={_PAGE}{before}")
        for one in page["receipts"]:
            looked += 1
            if _is_meant(session, one, wanted, looked <= _PAPERS):
                found.append(one)
            session.progress.at(looked)
        if not page.get("next"):
            break
        before = f"&before={page['receipts'][-1]['seq']}"
    looks.listing(session, found[:_SHOWN])
    session.tell("receipts.next" if found else "receipts.not_found", text=wanted, count=looked)


def _called(session: Session, one: looks.Json) -> tuple[str, str]:
    """What its kind and its state are called in the session's language."""
    return session.words.name("kind", one["kind"]), session.words.name("state.receipt", one["state"])


def _is_meant(session: Session, one: looks.Json, wanted: str, read: bool) -> bool:
    """`read`: its paper is looked at, too, when nothing else fits and a word is looked for."""
    zone = ZoneInfo(session.config.till.zone)
    today = datetime.fromtimestamp(session.house.clock.utc_ms() / 1000, zone).date()
    if (day := days(wanted, today)) is not None and datetime.fromisoformat(one["at"]).astimezone(zone).date() == day:
        return True
    amount = minor_units(wanted, session.config.exponent)
    if amount is not None and looks.total(one) == amount:
        return True
    fiscal = str((one.get("fiscal") or {}).get("number") or "")
    if wanted.isascii() and wanted.isdigit():
        return wanted.lstrip("0") in (str(one["number"] or "").lstrip("0"), fiscal.lstrip("0"))
    small = wanted.lower()
    called = (one["id"], one["kind"], one["state"], fiscal, *_called(session, one))
    if any(small in str(text).lower() for text in called):
        return True
    plain = day is None and amount is None
    return plain and read and small in session.api().text(f"/v1/receipts/{one['id']}.txt").lower()
