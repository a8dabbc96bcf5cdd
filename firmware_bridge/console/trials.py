"""Beside a till: a technician's tries at a device.

Its port is the till's, so the till is stopped for them and started again, whatever becomes of the try. It is asked
first, because nobody can be sold to meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from firmware_bridge import drawer_command, printer_command
from firmware_bridge.console import guard, looks
from firmware_bridge.console.client import Refused, TillAway
from firmware_bridge.console.session import Session
from firmware_bridge.drawer_arguments import Wish as DrawerWish
from firmware_bridge.errors import UserError
from firmware_bridge.fiscal_arguments import Wish as FiscalWish
from firmware_bridge.printer_arguments import Wish as PrinterWish


class _Person:
    """Whoever is in the session, asked in their language; the answer is yes in each."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def ask(self, question: str) -> str:
        """See drawer_trial.Person."""
        return self._session.ask(self._session.words.said(question))


@contextmanager
def stopped(session: Session) -> Iterator[None]:
    """The till is stopped while this lasts, if it runs. Raises UserError when the person does not want that."""
    runs = session.house.service.state() in ("active", "activating", "reloading") or _answers(session)
    if runs and not session.agreed("ask.stop"):
        raise UserError(session.words("nothing"))
    if runs:
        session.ordered()
        session.house.service.order("stop")
    try:
        yield
    finally:
        if runs:
            session.house.service.order("start")
            session.ordered()
            guard.started(session.house.path)
            session.tell("till.started")


def _answers(session: Session) -> bool:
    try:
        session.api().get("/healthz")
    except TillAway:
        return False
    except Refused:
        return True
    return True


def printer_test(session: Session, _: Sequence[str]) -> None:
    """One page with letters, sizes and codes."""
    _print(session, PrinterWish("test"))


def printer_codepages(session: Session, arguments: Sequence[str]) -> None:
    """A line for every code page."""
    first, _, last = (arguments[0] if arguments else "0-127").partition("-")
    pages = (looks.number(first), looks.number(last or first))
    if not pages[0] <= pages[1] <= 255:
        raise UserError(session.words("printer.pages"))
    _print(session, PrinterWish("codepages", pages=pages))


def _print(session: Session, wish: PrinterWish) -> None:
    with stopped(session):
        printer_command.run(session.config, wish, session.retell, progress=session.progress)
    session.tell("printer.look")


def drawer_test(session: Session, arguments: Sequence[str]) -> None:
    """One pulse, and what its switch said."""
    _drawer(session, "test", arguments)


def drawer_learn(session: Session, arguments: Sequence[str]) -> None:
    """One pulse; which level means open."""
    said = _drawer(session, "learn", arguments)
    for line in said.splitlines():
        name, equals, value = line.partition(" = ")
        if equals:
            drawer = _name(session, arguments)
            session.say(f"-> set drawers.{drawer}.{name} {value.strip(chr(34))}")


def _drawer(session: Session, part: Literal["test", "learn"], arguments: Sequence[str]) -> str:
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        session.retell(text)

    with stopped(session):
        wish = DrawerWish(part, drawer=_name(session, arguments))
        drawer_command.run(session.config, wish, say, person=_Person(session))
    return "\n".join(said)


def _name(session: Session, arguments: Sequence[str]) -> str:
    return arguments[0] if arguments else next(iter(session.config.drawers), "")


def fiscal_part(part: Literal["check", "mode", "codes"]) -> Callable[[Session, Sequence[str]], None]:
    """A look at the fiscaliser itself, past the till."""

    def look(session: Session, _: Sequence[str]) -> None:
        if session.config.fiscaliser is None:
            session.tell("fiscal.none")
            return
        from firmware_bridge import fiscal_command  # noqa: PLC0415 - vendors' clients are not small

        fiscal_command.run(session.config, FiscalWish(part, live=True), session.retell, session.house.version)

    return look


def till(what: Literal["start", "stop", "restart"]) -> Callable[[Session, Sequence[str]], None]:
    """The till itself."""

    def order(session: Session, _: Sequence[str]) -> None:
        if what != "start" and not session.agreed("ask.stop"):
            session.tell("nothing")
            return
        session.ordered()
        session.house.service.order(what)
        if what != "stop":
            guard.started(session.house.path)
        session.tell("done")

    return order


def till_look(session: Session, _: Sequence[str]) -> None:
    """Whether it runs, and its last words."""
    session.say(f"{session.house.settings.service}: {session.house.service.state() or '?'}")
    for line in session.house.service.log(15):
        session.say(f"  {looks.typed(line)}")
