"""Beside a till: commands about the machine and the files around the till; they work while it is dead."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from firmware_bridge import bundle, bundle_making, doctor, doctor_machine, doctor_network, port_url, wire_command
from firmware_bridge.console import edits, guard
from firmware_bridge.console.looks import number, typed
from firmware_bridge.console.session import Session
from firmware_bridge.console.words import Words
from firmware_bridge.errors import UserError
from firmware_bridge.journal import browse
from firmware_bridge.journal.verify import verify
from firmware_bridge.progress import Progress
from firmware_bridge.words.table import Language


def journal_tail(session: Session, arguments: Sequence[str]) -> None:
    """The last records."""
    count = min(number(arguments[0]), 500) if arguments else 15
    for record in browse.tail(session.config.journal.path, count, session.progress):
        session.say(browse.line(record))


def journal_verify(session: Session, arguments: Sequence[str]) -> None:
    """Chain, gaps and anchors."""
    try:
        found = verify(session.config.journal.path, arguments, session.progress)
    except ValueError as error:
        raise UserError(str(error)) from error
    for problem in found.problems:
        session.retell(problem.text)
    session.tell("journal.whole" if found.ok else "journal.broken", count=found.records, seq=found.head[0])


def journal_stats(session: Session, _: Sequence[str]) -> None:
    """Figures."""
    for line in browse.stats_lines(browse.stats(session.config.journal.path, session.progress)):
        session.retell(line)


def _recordings(session: Session) -> dict[str, Path]:
    """Device -> the file that gets what passes its port."""
    config = session.config
    urls = {"printer": config.printer.port} if config.printer is not None else {}
    urls |= {name: drawer.port for name, drawer in config.drawers.items() if drawer.port}
    found = {}
    for name, url in urls.items():
        record = getattr(port_url.parse(url), "record", "")
        if record:
            found[name] = Path(record)
    return found


def wire(session: Session, _: Sequence[str]) -> None:
    """Which ports are recorded."""
    found = _recordings(session)
    for name, path in found.items():
        session.tell("wire.size", name=name, path=path, size=path.stat().st_size if path.exists() else 0)
    session.tell("wire.next" if found else "wire.none")


def wire_show(session: Session, arguments: Sequence[str]) -> None:
    """A recording in plain words, its last exchanges."""
    path = _recordings(session).get(arguments[0])
    if path is None:
        raise UserError(session.words("wire.none"))
    lines: list[str] = []
    wire_command.run(_wire_wish(path), lines.append)
    for line in lines[-200:]:
        session.say(session.words.said(line) if line.startswith("# ") else line)


def _wire_wish(path: Path) -> Any:
    from argparse import Namespace  # noqa: PLC0415 - the command reads its wish from one

    return Namespace(part="show", file=path, language=None, dialect="bg", encoding="cp1251", json=False)


def wire_on(session: Session, _: Sequence[str]) -> None:
    """Record the printer's port from the next start on."""
    printer = session.config.printer
    if printer is None or "record=" in printer.port:
        session.tell("nothing")
        return
    place = Path(session.config.journal.path).with_name("printer-wire.jsonl")
    joint = "&" if "?" in printer.port else "?"
    edits.change(session.house.path, "printer.port", f"{printer.port}{joint}record={place}")
    session.tell("set.restart")


def wire_off(session: Session, _: Sequence[str]) -> None:
    """Record it no longer."""
    printer = session.config.printer
    if printer is None or "record=" not in printer.port:
        session.tell("nothing")
        return
    where, _mark, query = printer.port.partition("?")
    kept = "&".join(part for part in query.split("&") if not part.startswith("record="))
    edits.change(session.house.path, "printer.port", f"{where}?{kept}" if kept else where)
    session.tell("set.restart")


def net(session: Session, _: Sequence[str]) -> None:
    """Interfaces, a way out, and each server that the till needs."""
    for _index, name in socket.if_nameindex():
        state = Path(f"/sys/class/net/{name}/operstate")
        session.say(f"{name}: {state.read_text('ascii').strip() if state.exists() else '?'}")
    if not doctor_network.default_route():
        session.tell("doctor.no_route")
    for place, (host, port) in doctor_network.vendors(session.config).items():
        wrong = doctor_network.unreachable(host, port)
        said = session.words(wrong, host=host, port=port, place=place) if wrong else f"ok {host}:{port}"
        session.say(f"{place}: {said}")


def time(session: Session, _: Sequence[str]) -> None:
    """The clock, and whether it can be believed."""
    at = datetime.fromtimestamp(session.house.clock.utc_ms() / 1000, UTC)
    local = at.astimezone(ZoneInfo(session.config.till.zone))
    session.say(f"{local:%d.%m.%Y %H:%M:%S} {session.config.till.zone}  ({at:%H:%M:%S} UTC)")
    session.tell("time.trusted" if doctor_machine.clock_trusted() else "doctor.clock_unset")
    clock = ((_told(session, "/v1/status") or {}).get("fiscal") or {}).get("clock")
    if clock:
        session.say(clock["text"])


def version(session: Session, _: Sequence[str]) -> None:
    session.say(f"firmware-bridge {session.house.version}")


# --- the doctor and the bundle ----------------------------------------------------------------------------------------


def examined(session: Session, language: Language | None = None) -> Iterator[doctor.Finding]:
    """The doctor's findings, in order, each as soon as it is known. `language`: as for Session.api."""
    house = session.house
    patient = doctor.Patient(
        session.config,
        _told(session, "/v1/status", language),
        house.clock.utc_ms(),
        house.service.state(),
        lambda: doctor_network.sign_in(session.config, house.version),
    )
    session.progress.begin("doctor", len(doctor.PARTS))
    for finding in doctor.examine(patient):
        session.progress.at(doctor.PARTS.index(finding.part) + 1)
        yield finding


def sentence(words: Words, finding: doctor.Finding) -> str:
    """One finding as one line."""
    mark = {"ok": "ok ", "bad": words("mark.bad"), "unknown": "?  "}[finding.level]
    facts = {name: _fact(words, finding, name) for name in finding.facts}
    text = f"{mark} {words(f'part.{finding.part}')}: {typed(words(finding.key, **facts))}"
    return f"{text}  -> {finding.step}" if finding.step else text


def _fact(words: Words, finding: doctor.Finding, name: str) -> object:
    """A fact of a finding: sentences, and the state of a drawer, in the language; all else as it is."""
    fact = finding.facts[name]
    if name == "text":
        return words.said(str(fact))
    return words.name("state.drawer", str(fact)) if (finding.part, name) == ("drawer", "state") else fact


def doctor_look(session: Session, _: Sequence[str]) -> None:
    """Supply, cable, permissions, till, paper, drawer, network, sign-in, clock, disk, journal."""
    session.tell("doctor.begins")
    bad = 0
    for finding in examined(session):
        session.say(sentence(session.words, finding))
        bad += finding.level == "bad"
    session.tell("doctor.ends_bad" if bad else "doctor.ends_well", count=bad)


def _told(session: Session, path: str, language: Language | None = None) -> Any:
    try:
        return session.api(language).get(path)
    except UserError:
        return None


def bundle_make(session: Session, _: Sequence[str]) -> None:
    """Everything that a supporter needs, in one file."""
    house = session.house
    words = Words("en")  # whoever reads it speaks English
    sources = bundle_making.sources(
        session.config,
        lambda path: session.api("en").get(path),
        [sentence(words, finding) for finding in examined(session, "en")],
        service=house.service,
        redactor=house.redactor,
        version=house.version,
        utc_ms=house.clock.utc_ms(),
    )
    path = bundle.write(bundle_making.folder_of(session.config), sources, _steps(session.progress))
    session.tell("bundle.made", path=path, size=path.stat().st_size // 1024 + 1)


def _steps(progress: Progress) -> Callable[[int, int], None]:
    def step(done: int, total: int) -> None:
        if done == 1:
            progress.begin("bundle", total)
        progress.at(done)

    return step


# --- the configuration ------------------------------------------------------------------------------------------------


_RISKY: Final = re.compile(r".*\.(port|sense_port|sense_line|sense_open_level|url|base_url|token_url)")
"""What may cut off whoever changes it, or leave a drawer that is taken for open: it has to be kept."""


def setting(session: Session, arguments: Sequence[str]) -> None:
    """One value of the configuration."""
    house, key, value = session.house, arguments[0], " ".join(arguments[1:])
    tried = guard.read(house.path) is not None
    if not tried and not _RISKY.fullmatch(key):
        edits.change(house.path, key, None if value == "-" else value)
        session.tell("set.restart")
        return
    settings = house.settings
    tool = (settings.service_tool, "restart", settings.service)
    # the note first: whoever is cut off in the middle has a way back, which the next console takes
    guard.begin(house.path, key, house.path.read_text("utf-8"), settings.keep_s, tool)
    try:
        edits.change(house.path, key, None if value == "-" else value)
    except (UserError, OSError):
        if not tried:
            guard.keep(house.path)
        raise
    finally:
        guard.changed(house.path)
    guard.have_it_watched(house.path)
    session.tries = True
    session.tell("set.keep", seconds=settings.keep_s)


def keep(session: Session, _: Sequence[str]) -> None:
    """What was changed stays as it is."""
    session.tries = False
    session.tell("set.kept" if guard.keep(session.house.path) else "nothing")


def undo(session: Session, _: Sequence[str]) -> None:
    """The configuration as it was before the last change, or before the one that is on trial."""
    if guard.read(session.house.path) is not None:
        session.tries = False
        guard.take_back(session.house.path)
        session.tell("set.back")
        return
    edits.undo(session.house.path)
    session.tell("set.restart")


def secrets(session: Session, _: Sequence[str]) -> None:
    """Which there are; never what they are."""
    for key, secret in edits.secrets_of(session.config).items():
        session.say(f"{key}  {'file' if secret.file else 'env'}")
    session.tell("secret.next")


def secret_set(session: Session, arguments: Sequence[str]) -> None:
    """A new one, typed twice and shown to nobody."""
    first = session.ask(session.words("ask.secret") + " ", hidden=True)
    if session.ask(session.words("ask.again") + " ", hidden=True) != first:
        raise UserError(session.words("secret.differ"))
    session.house.redactor.add(first)
    edits.set_secret(session.config, arguments[0], first)
    session.tell("set.restart")
