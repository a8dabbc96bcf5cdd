"""Beside a till: commands that only look at devices, shift, receipts and books, with what to type next."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from firmware_bridge.console.session import Session
from firmware_bridge.errors import UserError

Json = Mapping[str, Any]
_CALL: Final = re.compile(r"(?:POST|GET) /v1/receipts/([\w.:-]+)(?:/(\w+))?")
_UNTYPED: Final = re.compile(r" \((?:POST|GET) /v1/(?:shifts|fiscal|orders|counts)[^)]*\)")
_ACCEPT: Final = re.compile(r"POST /v1/devices/(\w+)/accept")
_BY_COMMAND: Final = re.compile(r"`firmware-bridge (devices accept[^`]*)`")


def typed(text: str) -> str:
    """A sentence of the till with what can be typed here in place of its calls."""
    text = _UNTYPED.sub("", _CALL.sub(lambda found: f"receipt {found[1]} {found[2] or 'show'}", text))
    return _BY_COMMAND.sub(r"\1", _ACCEPT.sub(r"devices accept \1", text))


def devices(session: Session, _: Sequence[str]) -> None:
    """Each with its port, whether it is there, and a stranger in its place."""
    for row in session.api().get("/v1/devices")["devices"]:
        there = {True: "ok", False: "--", None: "? "}[row.get("connected")]
        session.say(f"{there} {row['id']}  {row['driver']}  {row['port'] or '-'}  {row.get('serial') or ''}".rstrip())
        if row.get("advice"):
            session.say(f"   {typed(row['advice'])}")
        if row.get("stranger"):
            serial = row["stranger"].get("serial")
            session.tell("devices.stranger", serial=serial)
            session.say(f"   -> devices accept {row['id']} {serial}")


def printer(session: Session, _: Sequence[str]) -> None:
    """As it was last heard by the till."""
    told = session.api().get("/v1/status")["printer"]
    state = session.words.name("state.printer", told["state"])
    session.say(f"{state}  {told['model'] or '?'}  {told['serial'] or ''}".rstrip())
    if told["advice"]:
        session.say(typed(told["advice"]))
    if told["paper_near_end"]:
        session.tell("doctor.paper_low")
    section = session.config.printer
    if section is not None:
        session.say(f"{section.port}  encoding={section.encoding or 'auto'}  page={section.page}")
    session.tell("printer.next")


def drawer(session: Session, arguments: Sequence[str]) -> None:
    """All of them, or one."""
    for one in session.api().get("/v1/drawers")["drawers"]:
        if arguments and one["id"] != arguments[0]:
            continue
        state = session.words.name("state.drawer", one["state"])
        session.say(f"{one['id']}: {state}" + ("" if one["cap_status"] else f"  {session.words('drawer.blind')}"))
        if one["trouble"]:
            session.say(f"   {typed(one['trouble'])}")
        day = one.get("day") or {}
        if day.get("expected_cash") is not None:
            session.tell("drawer.cash", cash=money(session, day["expected_cash"]))
    session.tell("drawer.next")


def shift(session: Session, _: Sequence[str]) -> None:
    """The current one, or the last."""
    told = session.api().get("/v1/shifts/current")
    opened = moment(session, told["opened_at"])
    state = session.words.name("state.shift", told["state"])
    session.say(f"{session.words('status.shift')} {told['number']}: {state}  {opened}  {told['cashier'] or ''}")
    totals = told.get("totals")
    if totals:
        for name in ("sales", "returns"):
            turnover = totals[name]
            session.say(f"{session.words(f'shift.{name}')}: {turnover['count']}  {money(session, turnover['total'])}")
        session.tell("drawer.cash", cash=money(session, totals["expected_cash"]))
    closing = told.get("closing") or {}
    if closing.get("waits_for"):
        session.tell("shift.waits", text=closing["waits_for"])


def receipts(session: Session, arguments: Sequence[str]) -> None:
    """The last ones, newest first; their places in the list are names of them afterwards."""
    count = number(arguments[0]) if arguments else 15
    found = session.api().get(f"/v1/receipts?limit={max(1, min(count, 200))}")["receipts"]
    listing(session, found)
    session.tell("receipts.next" if found else "receipts.none")


def receipt(session: Session, arguments: Sequence[str]) -> None:
    """What became of one, and what can be done."""
    one = find(session, arguments[0])
    kind, state = session.words.name("kind", one["kind"]), session.words.name("state.receipt", one["state"])
    session.say(f"{kind} {one['number'] or '-'}  {state}  {moment(session, one['at'])}  {one['id']}")
    paper, fiscal = one["paper"], one.get("fiscal")
    proof = session.words.name("evidence", paper["evidence"])
    session.tell("receipt.paper_cut" if paper["interrupted"] else "receipt.paper", proof=proof, copies=paper["copies"])
    if fiscal:
        session.tell("receipt.fiscal", name=fiscal["fiscaliser"], number=fiscal["number"], date=fiscal["date"])
    if one.get("refusal"):
        session.say(one["refusal"])
    for doubt in one["doubts"]:
        session.say(f"! {doubt}")
    session.tell("receipt.resolve_next" if one["person_needed"] else "receipt.next", id=arguments[0])


def receipt_show(session: Session, arguments: Sequence[str]) -> None:
    """What stands on its paper."""
    one = find(session, arguments[0])
    session.say(session.api().text(f"/v1/receipts/{one['id']}.txt"))


def outbox(session: Session, _: Sequence[str]) -> None:
    """Each book, and what it would not take."""
    found = session.api().get("/v1/outbox")["books"]
    for book in found:
        state = session.words.name("books", book.get("state", "-"))
        session.tell("outbox.book", book=book["book"], state=state, behind=book["behind"], parked=book["parked"])
        if book.get("reason"):
            session.say(f"   {book['reason']}")
        for row in book.get("rows", ())[:20]:
            kept = session.words.name("kept", row["state"])
            session.say(f"   {row['seq']:>8} {kept:<8} {row.get('kind', '')}  {row.get('reason') or ''}")
    session.tell("outbox.next" if found else "outbox.none")


def listing(session: Session, found: Sequence[Json]) -> None:
    """A line for each; their places are names of them afterwards."""
    session.listed = tuple(one["id"] for one in found)
    for place, one in enumerate(found, 1):
        amount = total(one)
        sum_ = "-" if amount is None else money(session, amount)
        mark = "!" if one["person_needed"] else " "
        at = moment(session, one["at"])
        kind, state = session.words.name("kind", one["kind"]), session.words.name("state.receipt", one["state"])
        session.say(f"{place:>3}{mark} {one['number'] or '-':<8} {at}  {kind:<12} {sum_:>12}  {state}")


# --- for others -------------------------------------------------------------------------------------------------------


def find(session: Session, what: str) -> Json:
    """A receipt by its place in the list just shown, its number on the paper, or its id. Raises UserError."""
    api = session.api()
    if what.isascii() and what.isdigit():
        if len(what) <= 3 and 0 < int(what) <= len(session.listed):
            return api.get(f"/v1/receipts/{session.listed[int(what) - 1]}")
        for one in api.get("/v1/receipts?limit=200")["receipts"]:
            if one["number"].lstrip("0") == what.lstrip("0"):
                return dict(one)
        raise UserError(session.words("receipt.unknown", what=what))
    if not re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", what):
        raise UserError(session.words("receipt.unknown", what=what))
    return api.get(f"/v1/receipts/{what}")


def total(one: Json) -> int | None:
    """What was paid or moved, in minor units; None where there is no such sum."""
    amount = (one.get("totals") or {}).get("payable", one.get("amount"))
    return amount if isinstance(amount, int) else None


def number(text: str) -> int:
    """Raises UserError for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UserError(f"{text} is no number")
    return int(text)


def money(session: Session, amount: int) -> str:
    exponent = session.config.exponent
    sign, whole = "-" if amount < 0 else "", abs(amount)
    text = f"{whole // 10**exponent}" + (f".{whole % 10**exponent:0{exponent}}" if exponent else "")
    return f"{sign}{text} {session.config.till.currency}"


def moment(session: Session, rfc3339: str | None) -> str:
    """On the shop's wall."""
    if not rfc3339:
        return "-"
    at = datetime.fromisoformat(rfc3339).astimezone(ZoneInfo(session.config.till.zone))
    return at.strftime("%d.%m %H:%M")
