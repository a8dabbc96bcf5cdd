"""Beside a till: commands about the machine and the files around the till; they work while it is dead."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from firmware_bridge import bundle, doctor, doctor_machine, doctor_network, port_url, wire_command
from firmware_bridge.console import edits
from firmware_bridge.console.looks import number, typed
from firmware_bridge.console.session import Session
from firmware_bridge.console.words import Words
from firmware_bridge.errors import UserError
from firmware_bridge.journal import browse
from firmware_bridge.journal.verify import verify


def journal_tail(session: Session, arguments: Sequence[str]) -> None:
    """The last records."""
    count = min(number(arguments[0]), 500) if arguments else 15
    for record in browse.tail(session.config.journal.path, count):
        session.say(browse.line(record))


def journal_verify(session: Session, arguments: Sequence[str]) -> None:
    """Chain, gaps and anchors."""
    try:
        found = verify(session.config.journal.path, arguments)
    except ValueError as error:
        raise UserError(str(error)) from error
    for problem in found.problems:
        session.say(problem.text)
    session.tell("journal.whole" if found.ok else "journal.broken", count=found.records, seq=found.head[0])


def journal_stats(session: Session, _: Sequence[str]) -> None:
    """Figures."""
    for line in browse.stats_lines(browse.stats(session.config.journal.path)):
        session.say(line)


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
        session.say(f"{name}: {path}  {path.stat().st_size if path.exists() else 0} bytes")
    session.tell("wire.next" if found else "wire.none")


def wire_show(session: Session, arguments: Sequence[str]) -> None:
    """A recording in plain words, its last exchanges."""
    path = _recordings(session).get(arguments[0])
    if path is None:
        raise UserError(session.words("wire.none"))
    lines: list[str] = []
    wire_command.run(_wire_wish(path), lines.append)
    for line in lines[-200:]:
        session.say(line)


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


def version(session: Session, _: Sequence[str]) -> None:
    session.say(f"firmware-bridge {session.house.version}")


# --- the doctor and the bundle ----------------------------------------------------------------------------------------


def examined(session: Session) -> list[doctor.Finding]:
    """The doctor's findings, in order."""
    house = session.house
    patient = doctor.Patient(
        session.config,
        _told(session, "/v1/status"),
        house.clock.utc_ms(),
        house.service.state(),
        lambda: doctor_network.sign_in(session.config, house.version),
    )
    return list(doctor.examine(patient))


def sentence(words: Words, finding: doctor.Finding) -> str:
    """One finding as one line."""
    mark = {"ok": "ok ", "bad": "BAD", "unknown": "?  "}[finding.level]
    text = f"{mark} {words(f'part.{finding.part}')}: {typed(words(finding.key, **finding.facts))}"
    return f"{text}  -> {finding.step}" if finding.step else text


def doctor_look(session: Session, _: Sequence[str]) -> None:
    """Supply, cable, permissions, till, paper, drawer, network, sign-in, clock, disk, journal."""
    session.tell("doctor.begins")
    found = examined(session)
    for finding in found:
        session.say(sentence(session.words, finding))
    bad = sum(finding.level == "bad" for finding in found)
    session.tell("doctor.ends_bad" if bad else "doctor.ends_well", count=bad)


def _told(session: Session, path: str) -> Any:
    try:
        return session.api().get(path)
    except UserError:
        return None


def bundle_make(session: Session, _: Sequence[str]) -> None:
    """Everything that a supporter needs, in one file."""
    house = session.house
    bundle.register(session.config, house.redactor)
    words = Words("en")  # whoever reads it speaks English
    sources = bundle.Sources(
        config=session.config,
        status=_told(session, "/v1/status"),
        devices=_told(session, "/v1/devices"),
        outbox=_told(session, "/v1/outbox"),
        findings=[sentence(words, finding) for finding in examined(session)],
        log=house.service.log(bundle.LOG_LINES),
        version=house.version,
        utc_ms=house.clock.utc_ms(),
        clean=house.redactor.mask,
    )
    path = bundle.write(Path(session.config.journal.path).parent, sources)
    session.tell("bundle.made", path=path, size=path.stat().st_size // 1024 + 1)


# --- the configuration ------------------------------------------------------------------------------------------------


def setting(session: Session, arguments: Sequence[str]) -> None:
    """One value of the configuration."""
    key, value = arguments[0], " ".join(arguments[1:])
    edits.change(session.house.path, key, None if value == "-" else value)
    session.tell("set.restart")


def undo(session: Session, _: Sequence[str]) -> None:
    """The configuration as it was before the last change."""
    edits.undo(session.house.path)
    session.tell("set.restart")


def secrets(session: Session, _: Sequence[str]) -> None:
    """Which there are; never what they are."""
    for key, secret in edits.secrets_of(session.config).items():
        session.say(f"{key}  {'file' if secret.file else 'env'}")
    session.tell("secret.next")


def secret_set(session: Session, arguments: Sequence[str]) -> None:
    """A new one, typed twice and shown to nobody."""
    first = session.terminal.ask(session.words("ask.secret") + " ", hidden=True)
    if session.terminal.ask(session.words("ask.again") + " ", hidden=True) != first:
        raise UserError(session.words("secret.differ"))
    session.house.redactor.add(first)
    edits.set_secret(session.config, arguments[0], first)
    session.tell("set.restart")
