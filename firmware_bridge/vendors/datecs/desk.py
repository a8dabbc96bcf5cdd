"""Beside a sale's way: `firmware-bridge fiscal check` at a fiscal printer of a till that is stopped. It only asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from drivers.errors import DeviceError
from drivers.ports.base import Clock, Port
from drivers.printers.datecs.examining import Examination, examine
from firmware_bridge import hardware_registers, ports, wiring
from firmware_bridge.clock import SystemClock, TillClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.fiscal_arguments import Wish
from firmware_bridge.journal.errors import JournalError, JournalLocked
from firmware_bridge.journal.lock import Lock
from firmware_bridge.vendors.datecs import inspection
from firmware_bridge.vendors.datecs.config import DatecsConfig

Say = Callable[[str], None]
MakePort = Callable[[DatecsConfig, Clock], Port]


def make_port(section: DatecsConfig, clock: Clock) -> Port:
    """The fiscal printer's port, closed."""
    driver = "datecs-x" if section.dialect == "x" else "datecs"
    return ports.make(section.port, clock, role="fiscal printer", driver=driver)


def run(
    config: Config,
    section: DatecsConfig,
    wish: Wish,
    say: Say,
    *,
    clock: TillClock | None = None,
    port: MakePort = make_port,
) -> int:
    """Look and tell; returns 0 when all is in order. Raises UserError with one sentence, UsageError."""
    if wish.part != "check":
        raise UsageError(
            f"fiscal {wish.part} asks the books of a network register, and a fiscal printer keeps its own on paper",
            "fiscal check is there for it",
        )
    clock = clock or SystemClock()
    settings = hardware_registers.settings(
        section, taxes=wiring.register_taxes(config), exponent=config.exponent, groups=config.tax_groups()
    )
    place = port(section, clock)
    with _till_stopped(Path(config.journal.path)):
        try:
            seen = examine(place, settings)
        except DeviceError as error:
            raise UserError(str(error), "check port, dialect, power and cable; nothing was changed there") from error
    now = datetime.fromtimestamp(clock.utc_ms() / 1000, ZoneInfo(config.till.zone)).replace(tzinfo=None)
    rows = inspection.inspect(seen, settings, now)
    say(json.dumps(_data(seen, rows), ensure_ascii=False) if wish.as_json else _text(rows))
    wrong = [row for row in rows if not row.ok]
    if wrong:
        first = wrong[0]
        raise UserError(f"{len(wrong)} of {len(rows)} not in order: {first.what}: {first.found}", first.advice)
    return 0


def _text(rows: list[inspection.Row]) -> str:
    lines = (f"{'ok ' if row.ok else 'BAD'} {row.what:<10} {row.found}" + _advised(row) for row in rows)
    return "\n".join(lines)


def _advised(row: inspection.Row) -> str:
    return "" if row.ok else f" -> {row.advice}"


def _data(seen: Examination, rows: list[inspection.Row]) -> dict[str, object]:
    who, standing = seen.identity, seen.standing
    return {
        "ok": all(row.ok for row in rows),
        "model": who.model,
        "firmware": who.firmware,
        "serial": who.serial,
        "fiscal_memory": who.register or who.serial,
        "status": sorted(seen.status.names),
        "closures_left": seen.closures_left,
        "clock": None if seen.clock is None else seen.clock.isoformat(),
        "last_document": None if standing is None else standing.document,
        "next_z_report": None if standing is None else standing.shift,
        "cash": None if standing is None else standing.cash,
        "checks": [{**asdict(row), "ok": row.ok} for row in rows],
    }


@contextmanager
def _till_stopped(journal: Path) -> Iterator[None]:
    """While this lasts no till can start on this journal: two who speak to one device answer each other's questions."""
    if not journal.parent.is_dir():
        yield
        return
    try:
        lock = Lock(journal)
    except JournalLocked as error:
        raise UserError(
            "The till is running and the fiscal printer is its own; nothing was sent",
            "stop it first, or look at GET /v1/status",
        ) from error
    except JournalError as error:
        raise UserError(str(error)) from error
    try:
        yield
    finally:
        lock.free()
