"""Beside a till: who signed in lately, who was kept out, and what was done; read-only, also with the till dead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from firmware_bridge.console.looks import number
from firmware_bridge.console.session import Session
from firmware_bridge.journal import browse

_SAID: Final = {
    "SignedIn": "people.signed_in",
    "SignedOut": "people.signed_out",
    "SignInRefused": "people.refused",
    "SignInSlowed": "people.slowed",
}
_NAMES: Final = (*_SAID, "CommandDone")
_USUAL: Final = 20
_MOST: Final = 500


def show(session: Session, arguments: Sequence[str]) -> None:
    """The last acts, oldest first: the journal's, then those that the till was not told yet, with a `+`."""
    count = max(1, min(number(arguments[0]), _MOST)) if arguments else _USUAL
    journalled = browse.tail(session.config.journal.path, _MOST, session.progress, _NAMES)
    known = {one["subject"] for one in journalled}
    waiting = [act for act in session.house.audit.pending(_MOST) if act["id"] not in known]
    lines = [_line(session, " ", act) for act in _told(journalled)] + [_line(session, "+", act) for act in waiting]
    for line in lines[-count:]:
        session.say(line)
    if not lines:
        session.tell("people.none")


def _told(records: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Records as the console itself has its acts."""
    for one in records:
        fields = one.get("fields") or {}
        yield {**fields, "what": one["name"], "at": fields.get("happened_at", "")}


def _line(session: Session, mark: str, act: Mapping[str, Any]) -> str:
    words, what = session.words, act["what"]
    person = act.get("person") or words("people.unknown")
    if what not in _SAID:
        said = f"{act.get('command', '')}  ({words.name('result', act.get('result', ''))})"
    else:
        said = words(_SAID[what])
        said += f" x{act['times']}" if act.get("times", 1) > 1 else ""
    return f"{mark}{_when(session, act['at'])}  {words.name('channel', act.get('channel', ''))}  {person}: {said}"


def _when(session: Session, at: str) -> str:
    """On the shop's wall; as it was told where that is no time."""
    with suppress(ValueError):
        return datetime.fromisoformat(at).astimezone(ZoneInfo(session.config.till.zone)).strftime("%d.%m %H:%M:%S")
    return at
