"""Beside a till: what is wrong first, in plain words, with what to type next; and how it is with its register.

`status` keeps within twelve lines and 600 bytes, so that it stands there at once at 9600 baud: of each trouble its
first sentences, and the rest counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from firmware_bridge.console.client import TillAway
from firmware_bridge.console.line import wrapped
from firmware_bridge.console.looks import Json, moment, typed
from firmware_bridge.console.session import Session

_MOST_LINES: Final = 7
_MOST_TEXT: Final = 300
_MOST_SENTENCES: Final = 110


@dataclass(frozen=True, slots=True)
class Trouble:
    """One line of `status`: what is wrong, and what to type next ("" = the sentence says what to do)."""

    text: str
    step: str = ""

    def line(self, number: int) -> str:
        return f"{number} {short(self.text)}" + (f"  -> {self.step}" if self.step else "")


def short(text: str) -> str:
    """The first sentences of `text`, as many as there is room for; a single long one ends with a word."""
    if len(text) <= _MOST_SENTENCES:
        return text
    kept = text[:_MOST_SENTENCES]
    ends = max(kept.rfind(mark) for mark in (". ", "; ", ": "))
    if ends > _MOST_SENTENCES // 3:
        return kept[:ends].rstrip(";:") + "."
    return kept.rpartition(" ")[0] + " ..."


def status(session: Session, _: Sequence[str]) -> None:
    """What is wrong first, then everything that is well in one line."""
    try:
        told = session.api().get("/v1/status")
    except TillAway as error:
        dead(session, error)
        return
    troubles = list(_troubles(session, told))
    head = f"{session.words('session.till', till=told['till'])}  {session.house.version}  "
    if not told["can_sell"]:
        session.say(head + session.words("status.cannot_sell"))
    elif troubles:
        session.say(head + session.words("status.sells_but", count=len(troubles)))
    else:
        session.say(head + session.words("status.well"))
    shown = _fitting(troubles)
    for line in shown:
        session.say(line)
    if len(shown) < len(troubles):
        session.tell("status.more", count=len(troubles) - len(shown))
    _well(session, told)
    if any(trouble.step for trouble in troubles):
        session.tell("status.next")


def _fitting(troubles: Sequence[Trouble]) -> list[str]:
    """As many as there is room for, the first one in any case."""
    found: list[str] = []
    for number, trouble in enumerate(troubles, 1):
        line = trouble.line(number)
        more = [*found, line]
        size = sum(len(one.encode()) for one in more)
        if found and (size > _MOST_TEXT or sum(len(wrapped(one)) for one in more) > _MOST_LINES):
            break
        found = more
    return found


def dead(session: Session, error: TillAway) -> None:
    """Why it does not answer, as far as that can be seen from outside."""
    state = session.house.service.state()
    session.say(session.words("status.dead", text=session.words.said(error.text), state=state or "?"))
    for line in session.house.service.log(5):
        session.say(f"  {line}")
    session.tell("status.dead_next")


def _troubles(session: Session, told: Json) -> Iterator[Trouble]:
    words = session.words
    said = set()
    for reason in told["reasons"]:
        said.add(reason["text"])
        yield Trouble(typed(reason["text"]), "doctor" if reason["code"] != "shift-closed" else "shift open")
    printer = told["printer"]
    if printer["advice"] and not any(printer["advice"] in text for text in said):
        yield Trouble(f"{words('status.printer')}: {typed(printer['advice'])}", "printer")
    for one in told["unfinished"]:
        if one["person_needed"] or one["advice"]:
            text = words("status.doubt", number=one["number"] or one["id"], kind=words.name("kind", one["kind"]))
            yield Trouble(f"{text} {typed(one['advice'] or '')}".strip(), f"receipt {one['number'] or one['id']}")
    yield from (Trouble(typed(alarm["text"])) for alarm in told["alarms"])
    for book in told["books"]:
        if book.get("state") == "held":
            yield Trouble(f"{book['book']}: {book.get('reason')}", "outbox")
        elif book.get("parked"):
            yield Trouble(words("status.parked", book=book["book"], count=book["parked"]), "outbox")
    fiscal = told.get("fiscal")
    if fiscal and (fiscal.get("advice") or fiscal["mode"] not in ("online", "unknown")):
        yield Trouble(typed(fiscal.get("advice") or fiscal["text"]), "fiscal")


def _well(session: Session, told: Json) -> None:
    words, shift = session.words, told.get("shift") or {}
    fine = [words("status.journal", seq=told["journal"]["seq"])]
    fine += [words("status.printer")] if told["printer"]["state"] == "ready" else []
    fine += [f"{words('status.drawer')} {one['id']}" for one in told["drawers"] if not one.get("trouble")]
    state = words.name("state.shift", shift.get("state", "-"))
    session.say(f"ok: {', '.join(fine)}; {words('status.shift')}: {state}")
    fiscal = told.get("fiscal") or {}
    if fiscal.get("offline"):
        codes = fiscal["codes"]["documents"]
        session.tell("status.offline", left=hours(_left(fiscal["offline"])), codes=codes)


# --- the register -----------------------------------------------------------------------------------------------------


def hours(seconds: int) -> str:
    """ "34:10": hours and minutes, in every language."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}"


def _left(offline: Json) -> int:
    """Seconds that the till may go on without its register: the sooner of the two limits, with what is kept back."""
    ends = (offline[f"{meter}_limit_s"] - offline[f"{meter}_s"] for meter in ("session", "month"))
    return max(0, int(min(ends)) - int(offline["stops_before_s"]))


def fiscal(session: Session, _: Sequence[str]) -> None:
    """Mode, hours and codes, as the till knows them."""
    told = session.api().get("/v1/status").get("fiscal")
    if told is None:
        session.tell("fiscal.none")
        return
    session.say(f"{session.words.name('state.fiscal_mode', told['mode'])}  {moment(session, told['since'])}")
    session.say(typed(told["text"]))
    if offline := told.get("offline"):
        spent, month = hours(offline["session_s"]), hours(offline["month_s"])
        limit, most = hours(offline["session_limit_s"]), hours(offline["month_limit_s"])
        session.tell("fiscal.hours", spent=spent, limit=limit, month=month, most=most, left=hours(_left(offline)))
    if codes := told.get("codes"):
        session.tell("fiscal.codes", free=codes["free"], documents=codes["documents"])
    if (waiting := told.get("waiting")) and waiting["count"]:
        session.tell("fiscal.waiting", count=waiting["count"], since=moment(session, waiting["oldest"]))
    if clock := told.get("clock"):
        session.say(clock["text"])
    if told.get("advice"):
        session.say(typed(told["advice"]))
    session.tell("fiscal.next")
