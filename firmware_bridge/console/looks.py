"""Beside a till: commands that only look: what is wrong first, in plain words, with what to type next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from firmware_bridge.console.client import TillAway
from firmware_bridge.console.session import Session
from firmware_bridge.errors import UserError

Json = Mapping[str, Any]
_CALL: Final = re.compile(r"(?:POST|GET) /v1/receipts/([\w.:-]+)(?:/(\w+))?")
_UNTYPED: Final = re.compile(r" \((?:POST|GET) /v1/(?:shifts|fiscal|orders|counts)[^)]*\)")
_ACCEPT: Final = re.compile(r"POST /v1/devices/(\w+)/accept")
_BY_COMMAND: Final = re.compile(r"`firmware-bridge (devices accept[^`]*)`")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One line of `status`: what is wrong, and what to type next ("" = the sentence says what to do)."""

    text: str
    step: str = ""


def typed(text: str) -> str:
    """A sentence of the till with what can be typed here in place of its calls."""
    text = _UNTYPED.sub("", _CALL.sub(lambda found: f"receipt {found[1]} {found[2] or 'show'}", text))
    return _BY_COMMAND.sub(r"\1", _ACCEPT.sub(r"devices accept \1", text))


def status(session: Session, _: Sequence[str]) -> None:
    """What is wrong first, then everything that is well in one line."""
    try:
        told = session.api().get("/v1/status")
    except TillAway as error:
        dead(session, error)
        return
    troubles = list(_troubles(session, told))
    head = f"till {told['till']}  {session.house.version}  "
    if not told["can_sell"]:
        session.say(head + session.words("status.cannot_sell"))
    elif troubles:
        session.say(head + session.words("status.sells_but", count=len(troubles)))
    else:
        session.say(head + session.words("status.well"))
    for number, trouble in enumerate(troubles, 1):
        session.say(f"{number} {trouble.text}" + (f"  -> {trouble.step}" if trouble.step else ""))
    _well(session, told, troubles)


def dead(session: Session, error: TillAway) -> None:
    """Why it does not answer, as far as that can be seen from outside."""
    state = session.house.service.state()
    session.say(session.words("status.dead", text=error.text, state=state or "?"))
    for line in session.house.service.log(5):
        session.say(f"  {line}")
    session.tell("status.dead_next")


def _troubles(session: Session, told: Json) -> Iterator[Trouble]:
    words = session.words
    said = set()
    for reason in told["reasons"]:
        said.add(reason["text"])
        yield Trouble(typed(reason["text"]), "doctor" if reason["code"] != "shift-closed" else "")
    printer = told["printer"]
    if printer["advice"] and not any(printer["advice"] in text for text in said):
        yield Trouble(f"{words('status.printer')}: {typed(printer['advice'])}", "printer")
    for one in told["unfinished"]:
        if one["person_needed"] or one["advice"]:
            text = words("status.doubt", number=one["number"] or one["id"], kind=one["kind"])
            yield Trouble(f"{text} {typed(one['advice'] or '')}".strip(), f"receipt {one['id']}")
    yield from (Trouble(typed(alarm["text"])) for alarm in told["alarms"])
    for book in told["books"]:
        if book.get("state") == "held":
            yield Trouble(f"{book['book']}: {book.get('reason')}", "outbox")
        elif book.get("parked"):
            yield Trouble(words("status.parked", book=book["book"], count=book["parked"]), "outbox")
    fiscal = told.get("fiscal")
    if fiscal and (fiscal.get("advice") or fiscal["mode"] not in ("online", "unknown")):
        yield Trouble(typed(fiscal.get("advice") or fiscal["text"]), "fiscal")


def _well(session: Session, told: Json, troubles: Sequence[Trouble]) -> None:
    words, shift = session.words, told.get("shift") or {}
    fine = [words("status.journal", seq=told["journal"]["seq"])]
    fine += [words("status.printer")] if told["printer"]["state"] == "ready" else []
    fine += [f"{words('status.drawer')} {one['id']}" for one in told["drawers"] if not one.get("trouble")]
    session.say(f"ok: {', '.join(fine)}; {words('status.shift')}: {shift.get('state', '-')}")
    if any(trouble.step for trouble in troubles):
        session.tell("status.next")


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
    session.say(f"{told['state']}  {told['model'] or '?'}  {told['serial'] or ''}".rstrip())
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
        session.say(
            f"{one['id']}: {one['state']}" + ("" if one["cap_status"] else f"  {session.words('drawer.blind')}")
        )
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
    session.say(f"{session.words('status.shift')} {told['number']}: {told['state']}  {opened}  {told['cashier'] or ''}")
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
    session.listed = tuple(one["id"] for one in found)
    for place, one in enumerate(found, 1):
        total = (one.get("totals") or {}).get("payable", one.get("amount"))
        amount = money(session, total) if isinstance(total, int) else "-"
        mark = "!" if one["person_needed"] else " "
        at = moment(session, one["at"])
        session.say(f"{place:>3}{mark} {one['number'] or '-':<8} {at}  {one['kind']:<12} {amount:>12}  {one['state']}")
    session.tell("receipts.next" if found else "receipts.none")


def receipt(session: Session, arguments: Sequence[str]) -> None:
    """What became of one, and what can be done."""
    one = find(session, arguments[0])
    session.say(f"{one['kind']} {one['number'] or '-'}  {one['state']}  {moment(session, one['at'])}  {one['id']}")
    paper, fiscal = one["paper"], one.get("fiscal")
    session.say(f"paper: {paper['evidence']}, copies {paper['copies']}" + (", interrupted" * paper["interrupted"]))
    if fiscal:
        session.say(f"fiscal: {fiscal['fiscaliser']} {fiscal['number']} {fiscal['date']}")
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
        session.say(f"{book['book']}: {book.get('state', '-')}, {book['behind']} behind, {book['parked']} set aside")
        if book.get("reason"):
            session.say(f"   {book['reason']}")
        for row in book.get("rows", ())[:20]:
            session.say(f"   {row['seq']:>8} {row['state']:<8} {row.get('kind', '')}  {row.get('reason') or ''}")
    session.tell("outbox.next" if found else "outbox.none")


def fiscal(session: Session, _: Sequence[str]) -> None:
    """Mode, hours and codes, as the till knows them."""
    told = session.api().get("/v1/status").get("fiscal")
    if told is None:
        session.tell("fiscal.none")
        return
    session.say(f"{told['mode']}  {moment(session, told['since'])}")
    session.say(typed(told["text"]))
    for name in ("offline", "codes", "waiting"):
        facts = {key: value for key, value in (told.get(name) or {}).items() if not isinstance(value, dict | list)}
        if facts:
            session.say(f"{name}: " + ", ".join(f"{key} {value}" for key, value in facts.items()))
    if told.get("advice"):
        session.say(typed(told["advice"]))
    session.tell("fiscal.next")


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
