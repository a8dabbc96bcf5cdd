"""Beside a till: what keeps it from selling, from the plug in the wall to the vendor's password, looked at in order.

Nothing is changed and nothing is printed. A device's port belongs to the till while it runs, so what is known of paper
and drawer is asked of the till; where it is dead, that is said. Sources: rpi_volt's alarm (Linux hwmon,
in0_lcrit_alarm), the marks of systemd-timesyncd and of the clock witness below /run, /proc/mounts, /proc/net/route
(proc(5)).
"""

from __future__ import annotations

import codecs
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from drivers.printers.escpos import profiles
from drivers.printers.escpos.identity import Identity
from firmware_bridge import device_check, doctor_machine, doctor_network
from firmware_bridge.config import Config
from firmware_bridge.doctor_machine import text_of
from firmware_bridge.journal import browse
from firmware_bridge.journal.errors import JournalError

Level = Literal["ok", "bad", "unknown"]
Part = Literal[
    "supply",
    "cable",
    "permissions",
    "till",
    "paper",
    "letters",
    "drawer",
    "network",
    "login",
    "clock",
    "disk",
    "journal",
]
PARTS: Final[tuple[Part, ...]] = (
    "supply", "cable", "permissions", "till", "paper", "letters",
    "drawer", "network", "login", "clock", "disk", "journal",
)  # fmt: skip

_LEAST_FREE: Final = 200 * 2**20
_FORGETFUL: Final = frozenset({"overlay", "tmpfs", "ramfs"})
_BACK_MS: Final = 120_000
_LEAST_UTC_MS: Final = 1_767_225_600_000  # 2026-01-01: this release is younger


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `key` and `facts`: its sentence in the table of words; `step`: type that next."""

    part: Part
    level: Level
    key: str
    facts: Mapping[str, object] = field(default_factory=dict)
    step: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """A till: its configuration, what it says of itself (None: it does not answer), and the machine around it.

    `sign_in`: tries the vendors' credentials; yields (vendor, "" or what is wrong). `root`: of sys, proc and run.
    `service`: what the system says of the till's unit.
    """

    config: Config
    status: Mapping[str, Any] | None
    utc_ms: int
    service: str = ""
    sign_in: Callable[[], Iterator[tuple[str, str]]] = lambda: iter(())
    root: Path = Path("/")


def examine(patient: Patient) -> Iterator[Finding]:
    """Look at everything, one after the other. The network takes up to 3 s a host, vendors as long as they do."""
    for look in (
        _supply,
        _cable,
        _permissions,
        _till,
        _paper,
        _letters,
        _drawer,
        _network,
        _login,
        _clock,
        _disk,
        _journal,
    ):
        yield from look(patient)


def _supply(patient: Patient) -> Iterator[Finding]:
    for name in sorted((patient.root / "sys/class/hwmon").glob("*/name")):
        if text_of(name) == "rpi_volt":
            low = text_of(name.with_name("in0_lcrit_alarm")) == "1"
            yield Finding("supply", "bad" if low else "ok", "doctor.supply_low" if low else "doctor.fine")
            return
    yield Finding("supply", "unknown", "doctor.supply_unknown")


def _cable(patient: Patient) -> Iterator[Finding]:
    missing = device_check.missing_devices(patient.config)
    for sentence in missing:
        yield Finding("cable", "bad", "doctor.said", {"text": sentence}, "devices")
    if not missing:
        yield Finding("cable", "ok", "doctor.fine")


def _permissions(patient: Patient) -> Iterator[Finding]:
    needed = [Path(patient.config.journal.path).parent, *device_check.nodes(patient.config)]
    closed = [path for path in needed if path.exists() and not os.access(path, os.R_OK | os.W_OK)]
    for path in closed:
        yield Finding("permissions", "bad", "doctor.permission", {"path": path})
    if not closed:
        yield Finding("permissions", "ok", "doctor.fine")


def _till(patient: Patient) -> Iterator[Finding]:
    status = patient.status
    if status is None:
        yield Finding("till", "bad", "doctor.till_dead", {"state": patient.service or "?"}, "till start")
        return
    for reason in status.get("reasons", ()):
        yield Finding("till", "bad", "doctor.said", {"text": reason["text"]}, "status")
    if not status.get("reasons"):
        yield Finding("till", "ok", "doctor.fine")


def _paper(patient: Patient) -> Iterator[Finding]:
    if patient.config.printer is None:
        return
    printer = {} if patient.status is None else patient.status.get("printer", {})
    match printer.get("state"):
        case None:
            yield Finding("paper", "unknown", "doctor.till_needed")
        case "ready" if printer.get("paper_near_end"):
            yield Finding("paper", "bad", "doctor.paper_low")
        case "ready":
            yield Finding("paper", "ok", "doctor.fine")
        case state:
            yield Finding("paper", "bad", "doctor.said", {"text": printer.get("advice") or state}, "printer")


def _letters(patient: Patient) -> Iterator[Finding]:
    """Is the configured code page the one that the printer's model has under this number? A clone may differ."""
    section = patient.config.printer
    if section is None or section.page is None:
        return
    model = ((patient.status or {}).get("printer") or {}).get("model") or ""
    wanted = codecs.lookup(section.encoding).name
    pages = profiles.find(Identity(model=model)).pages if model else {}
    known = {codecs.lookup(name).name: number for name, number in pages.items()}
    if wanted not in known:
        yield Finding("letters", "unknown", "doctor.letters_unknown", {}, "printer test")
    elif known[wanted] == section.page:
        yield Finding("letters", "ok", "doctor.fine")
    else:
        facts = {"model": model, "encoding": section.encoding, "page": known[wanted], "set": section.page}
        yield Finding("letters", "unknown", "doctor.letters_differ", facts, "printer test")


def _drawer(patient: Patient) -> Iterator[Finding]:
    for name in patient.config.drawers:
        told = () if patient.status is None else patient.status.get("drawers", ())
        drawer = next((one for one in told if one["id"] == name), None)
        if drawer is None:
            yield Finding("drawer", "unknown", "doctor.till_needed")
        elif drawer.get("trouble"):
            yield Finding("drawer", "bad", "doctor.said", {"text": drawer["trouble"]}, "devices")
        elif drawer["state"] in ("forced", "left_open", "failed"):
            yield Finding("drawer", "bad", "doctor.drawer_odd", {"drawer": name, "state": drawer["state"]},
                          f"drawer {name} learn")  # fmt: skip
        elif drawer["opened"]:
            yield Finding("drawer", "bad", "doctor.drawer_open", {"drawer": name}, f"drawer {name} learn")
        else:
            yield Finding("drawer", "ok", "doctor.fine")


# --- network and vendors ----------------------------------------------------------------------------------------------


def _network(patient: Patient) -> Iterator[Finding]:
    wanted = doctor_network.vendors(patient.config)
    local = all(host in ("localhost", "::1") or host.startswith("127.") for host, _ in wanted.values())
    if not local and not doctor_network.default_route(patient.root):
        yield Finding("network", "bad", "doctor.no_route", {}, "net")
        return
    bad = 0
    for place, (host, port) in wanted.items():
        if wrong := doctor_network.unreachable(host, port):
            bad += 1
            yield Finding("network", "bad", wrong, {"host": host, "port": port, "place": place}, "net")
    if not bad:
        yield Finding("network", "ok", "doctor.fine" if wanted else "doctor.not_needed")


def _login(patient: Patient) -> Iterator[Finding]:
    count = 0
    for vendor, wrong in patient.sign_in():
        count += 1
        if wrong:
            yield Finding("login", "bad", "doctor.login", {"vendor": vendor, "text": wrong}, "secret")
        else:
            yield Finding("login", "ok", "doctor.login_fine", {"vendor": vendor})
    if not count:
        yield Finding("login", "ok", "doctor.not_needed")


# --- the machine ------------------------------------------------------------------------------------------------------


def _clock(patient: Patient) -> Iterator[Finding]:
    try:
        last = max((record["at"] for record in browse.tail(patient.config.journal.path, 1)), default=0)
    except (JournalError, OSError):
        last = 0
    if patient.utc_ms < max(last - _BACK_MS, _LEAST_UTC_MS):
        yield Finding("clock", "bad", "doctor.clock_back", {}, "time")
    elif doctor_machine.clock_trusted(patient.root):
        yield Finding("clock", "ok", "doctor.fine")
    else:
        yield Finding("clock", "unknown", "doctor.clock_unset", {}, "time")


def _disk(patient: Patient) -> Iterator[Finding]:
    folder = Path(patient.config.journal.path).parent
    if not folder.is_dir():
        yield Finding("disk", "bad", "doctor.no_folder", {"path": folder})
        return
    kind, writable = doctor_machine.filesystem(folder.resolve(), patient.root)
    free = shutil.disk_usage(folder).free
    if not writable:
        yield Finding("disk", "bad", "doctor.disk_readonly", {"path": folder})
    if kind in _FORGETFUL:
        yield Finding("disk", "bad", "doctor.disk_forgets", {"path": folder, "kind": kind})
    if free < _LEAST_FREE:
        yield Finding("disk", "bad", "doctor.disk_full", {"free": free // 2**20})
    if writable and kind not in _FORGETFUL and free >= _LEAST_FREE:
        yield Finding("disk", "ok", "doctor.fine")


def _journal(patient: Patient) -> Iterator[Finding]:
    path = patient.config.journal.path
    if not Path(path).exists():
        yield Finding("journal", "unknown", "doctor.no_journal")
        return
    try:
        figures = browse.stats(path)
    except (JournalError, OSError) as error:
        yield Finding("journal", "bad", "doctor.said", {"text": str(error)}, "journal verify")
        return
    if figures["till_id"] != patient.config.till.id:
        yield Finding("journal", "bad", "doctor.other_till", {"till": figures["till_id"]})
    else:
        yield Finding("journal", "ok", "doctor.fine")
