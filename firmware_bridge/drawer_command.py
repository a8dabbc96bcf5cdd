"""Beside a sale's way: `firmware-bridge drawer test|learn`, a technician at a drawer of a till that is stopped."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Final

import msgspec

from drivers.drawers.base import CashDrawer, SenseLevel
from drivers.ports.base import Clock
from drivers.printers.base import ReceiptPrinter, Report
from firmware_bridge import drawer_hardware, ports, wiring
from firmware_bridge.clock import SystemClock
from firmware_bridge.config import Config
from firmware_bridge.drawer_arguments import Wish
from firmware_bridge.drawer_hardware import DrawerHardware
from firmware_bridge.drawer_trial import AT_A_BOX, AT_A_PRINTER, Lesson, Outcome, Person, Subject, learn, try_once
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.progress import QUIET, Progress
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import Event, PrinterSilent

Say = Callable[[str], None]

_GOOD: Final = ("opened", "unseen")
_UNNAMED: Final = "main"
_DEFAULT_MS: Final = 100


class Terminal:
    """The person at the command line. Questions go to stderr, so that stdout holds the result alone."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def ask(self, question: str) -> str:
        self._progress.close()
        sys.stderr.write(question)
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise UserError(
                "Nobody answers; whatever was asked for is over", "this command needs a person at the drawer"
            )
        self._progress.close()
        return line.rstrip("\n")


class AtPrinter:
    """A drawer on a receipt printer's socket as a CashDrawer. `report` of the printer goes through `hear`."""

    def __init__(self, make: Callable[[Report], ReceiptPrinter], report: Report) -> None:
        self._report = report
        self._trouble = "it has not been connected yet"
        self._printer = make(self.hear)

    def hear(self, event: Event) -> None:
        """What the printer reports: of itself why it is silent, of its drawer everything."""
        if isinstance(event, PrinterSilent):
            self._trouble = event.reason
        self._report(event)

    @property
    def connected(self) -> bool:
        return self._printer.connected

    @property
    def trouble(self) -> str:
        return "" if self._printer.connected else self._trouble

    def connect(self) -> bool:
        return self._printer.connect()

    def watch(self, timeout: float) -> None:
        self._printer.watch(timeout)

    def kick(self, order: Kick) -> Event:
        return self._printer.kick(order)

    def wake(self) -> None:
        self._printer.wake()

    def close(self) -> None:
        self._printer.close()


def run(
    config: Config | None,
    wish: Wish,
    say: Say,
    *,
    person: Person | None = None,
    clock: Clock | None = None,
    progress: Progress = QUIET,
) -> int:
    """Carry it out: 0 it opened (it was learned), 1 it did not. `config` None: the drawer is described in `wish`.

    Raises UsageError for a drawer that is not there or cannot tell, UserError when nobody answers.
    """
    clock = clock or SystemClock()
    subject, told = _subject(config, wish, clock)
    person = person or Terminal(progress)
    if wish.part == "test":
        outcome = try_once(subject, person, sure=wish.yes, progress=progress)
        say(json.dumps(_data(subject, outcome), ensure_ascii=False) if wish.as_json else _words(outcome))
    else:
        lesson = learn(subject, person, sure=wish.yes, progress=progress)
        outcome = lesson.outcome
        toml = _toml(subject, lesson, told)
        if wish.as_json:
            learned = {"sense_open_level": lesson.level, "sense_line": lesson.line, "toml": toml}
            say(json.dumps({**_data(subject, outcome), **learned}, ensure_ascii=False))
        else:
            say("\n".join(part for part in (_words(outcome), toml) if part))
        return 0 if lesson.level is not None else 1
    return 0 if outcome.result in _GOOD else 1


def _data(subject: Subject, outcome: Outcome) -> dict[str, object]:
    return {"drawer": subject.drawer_id, **asdict(outcome)}


def _words(outcome: Outcome) -> str:
    return "\n".join([outcome.text, *(f"  - {advice}" for advice in outcome.advice)])


def _toml(subject: Subject, lesson: Lesson, described: DrawerHardware | None) -> str:
    """The lines for the configuration; of a drawer that was only described, all of them."""
    if lesson.level is None:
        return ""
    lines = [f"[drawers.{subject.drawer_id}]"]
    if described is not None:
        lines += [f'driver = "{described.driver}"', f'port = "{described.port}"']
        lines += [
            f'{name} = "{value}"' for name in ("box", "code", "sense_port") if (value := getattr(described, name))
        ]
        lines += [f"number = {described.number}"] if described.number != 1 else []
        lines += [f"pulse_ms = {subject.pulse_ms}"] if subject.pulse_ms != _DEFAULT_MS else []
    lines += [f'sense_line = "{lesson.line}"'] if lesson.line is not None else []
    return "\n".join([*lines, f'sense_open_level = "{lesson.level}"'])


# --- which drawer ----------------------------------------------------------------------------------------------------


def _subject(config: Config | None, wish: Wish, clock: Clock) -> tuple[Subject, DrawerHardware | None]:
    """The drawer on trial, and its description where the configuration has none."""
    if config is None:
        one = _described(wish)
        return _at_own_port(one, wish, clock, wish.pulse_ms), one
    name, hardware = _name(config, wish), wiring.drawer_hardware(config)
    if name in hardware:
        return _at_own_port(hardware[name], wish, clock, config.drawers[name].pulse_ms), None
    return _at_printer(config, name, clock), None


def _name(config: Config, wish: Wish) -> str:
    if wish.drawer:
        if wish.drawer not in config.drawers:
            known = ", ".join(config.drawers) or "none"
            raise UsageError(f"There is no drawer {wish.drawer!r} in the configuration; configured: {known}")
        return wish.drawer
    if len(config.drawers) != 1:
        known = ", ".join(config.drawers) or "none"
        raise UsageError(f"Which drawer is meant? Configured: {known}", "name it with --drawer")
    return next(iter(config.drawers))


def _described(wish: Wish) -> DrawerHardware:
    return DrawerHardware(
        wish.drawer or _UNNAMED,
        "gpio" if wish.port.startswith("gpio:") else "trigger_box",
        wish.port,
        wish.box,
        wish.code,
        wish.number,
        wish.sense_open_level,
        wish.sense_line,
        wish.sense_port,
    )


def _at_own_port(one: DrawerHardware, wish: Wish, clock: Clock, pulse_ms: int) -> Subject:
    learning = wish.part == "learn"
    if learning:
        one = replace(one, sense_open_level=_provisional(one))
    wrong = next(drawer_hardware.faults([one]), "")
    if wrong:
        raise UsageError(f"{wrong}; nothing was opened")

    def make(level: SenseLevel, report: Report) -> CashDrawer:
        return drawer_hardware.build([replace(one, sense_open_level=level)], clock, report)

    if one.driver == "gpio":
        return Subject(one.drawer_id, make, clock, one.sense_open_level, pulse_ms)
    box = one.kind
    return Subject(
        one.drawer_id,
        make,
        clock,
        one.sense_open_level,
        pulse_ms,
        patience_s=max(3.0, box.charge_s + 2.0, box.rest_s + 2.0),
        confirm_s=max(3.0, box.confirm_ms / 1000 + 1.0),
        line=(one.sense_line or box.line) if box.tells == "line" else None,
        more=AT_A_BOX,
    )


def _provisional(one: DrawerHardware) -> SenseLevel:
    """To learn of a switch, one must be looked at. Raises UsageError where there can be none."""
    if one.driver == "gpio" and not one.sense_port:
        raise UsageError("There is nothing to learn: no pin of a switch is named", "name it with --sense-port gpio:N")
    if one.driver == "trigger_box" and one.box == "":
        raise UsageError("Which trigger box hangs on that port is not known, and none is ever probed", "name it: --box")
    try:
        cannot = one.driver == "trigger_box" and one.kind.tells == "nothing"
    except ValueError as error:
        raise UsageError(f"{error}; nothing was opened") from error
    if cannot:
        title = one.kind.title
        raise UsageError(f"There is nothing to learn: the {title} cannot tell where its drawer stands", "drawer test")
    return "high"


def _at_printer(config: Config, name: str, clock: Clock) -> Subject:
    printer, drawer = config.printer, config.drawers[name]
    if drawer.driver != "printer_kick":
        raise UsageError(f"Drawer {name} hangs on the fiscal printer, which tells nothing of it", "open it by the till")
    if printer is None:
        raise UsageError(f"Drawer {name} hangs on the receipt printer, and there is no [printer] in the configuration")

    def make(level: SenseLevel, report: Report) -> CashDrawer:
        tried = msgspec.structs.replace(drawer, sense_open_level=level)
        only = msgspec.structs.replace(config, drawers={name: tried})
        port = ports.make(printer.port, clock, role="receipt printer", driver=printer.driver)
        return AtPrinter(lambda hear: wiring.make_printer(only, port, hear), report)

    return Subject(name, make, clock, drawer.sense_open_level, drawer.pulse_ms, more=AT_A_PRINTER)
