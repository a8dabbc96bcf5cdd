"""Beside a till: commands that have the till do something, under the name of whoever is signed in."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_bridge.console import looks
from firmware_bridge.console.session import Session
from firmware_bridge.errors import UserError

VERDICTS = ("printed", "not_printed", "fiscalised", "not_fiscalised", "refunded", "abandoned")


def receipt_copy(session: Session, arguments: Sequence[str]) -> None:
    """A copy, marked as one."""
    one = looks.find(session, arguments[0])
    reason = session.ask(session.words("ask.reason") + " ").strip()
    session.api().post(f"/v1/receipts/{one['id']}/copy", {"reason": reason})
    session.tell("done")


def receipt_resolve(session: Session, arguments: Sequence[str]) -> None:
    """A person's answer to a doubt, with what was looked at."""
    one = looks.find(session, arguments[0])
    verdict = arguments[1].lower()
    if verdict not in VERDICTS:
        raise UserError(session.words("receipt.verdicts", verdicts=", ".join(VERDICTS)))
    evidence = session.ask(session.words("ask.evidence") + " ").strip()
    body = {"verdict": verdict, "evidence": evidence}
    answer = session.api().post(f"/v1/receipts/{one['id']}/resolve", body)
    session.tell("receipt.now", state=session.words.name("state.receipt", answer.get("state", "?")))


def receipt_retry(session: Session, arguments: Sequence[str]) -> None:
    """What the fiscaliser refused is tried once more."""
    one = looks.find(session, arguments[0])
    answer = session.api().post(f"/v1/receipts/{one['id']}/retry", {})
    session.tell("receipt.now", state=session.words.name("state.receipt", answer.get("state", "?")))


def drawer_open(session: Session, arguments: Sequence[str]) -> None:
    """By command, without a sale."""
    reason = session.ask(session.words("ask.reason") + " ").strip()
    name = arguments[0] if arguments else next(iter(session.config.drawers), "main")
    answer = session.api().post(f"/v1/drawers/{name}/open", {"reason": reason})
    session.say(f"{name}: {session.words.name('state.drawer', answer.get('state', '?'))}")


def outbox_retry(session: Session, arguments: Sequence[str]) -> None:
    """All that is set aside, or one record."""
    body = {"seq": looks.number(arguments[1])} if len(arguments) > 1 else {}
    answer = session.api().post(f"/v1/outbox/{arguments[0]}/retry", body)
    session.say(str(answer.get("done", "")))


def outbox_park(session: Session, arguments: Sequence[str]) -> None:
    """Set the record aside at which a lane is held."""
    answer = session.api().post(f"/v1/outbox/{arguments[0]}/park", {"seq": looks.number(arguments[1])})
    session.say(str(answer.get("done", "")))


def outbox_drop(session: Session, arguments: Sequence[str]) -> None:
    """Give one up for good, when that was meant."""
    seq = looks.number(arguments[1])
    if not session.agreed("ask.drop", book=arguments[0], seq=seq):
        session.tell("nothing")
        return
    answer = session.api().post(f"/v1/outbox/{arguments[0]}/drop", {"seq": seq})
    session.say(str(answer.get("done", "")))


def accept(session: Session, arguments: Sequence[str]) -> None:
    """Take the stranger with this serial number for the till's own device."""
    session.api().post(f"/v1/devices/{arguments[0]}/accept", {"serial": arguments[1]})
    session.tell("done")
