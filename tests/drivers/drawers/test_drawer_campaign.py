"""One order to open, one accident, every driver: no second pulse, no late pulse, no hot coil, and a till that knows it.

The table is printed to stderr. Each claim has its control: a deliberately broken till in which it does not hold.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from drivers.drawers.base import DutyGuard
from drivers.drawers.simulator import SimulatedDrawer
from drivers.drawers.trigger_box.boxes import BOXES
from statemachines.drawer import STANDING_OPEN
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import DrawerOpened, DrawerOpenFailed
from tests.drivers.drawers.till import (
    DRAWER,
    DRIVERS,
    Broken,
    DrawerTill,
    Forgetful,
    PinRig,
    PowerCut,
    Rig,
    Timeless,
    rig_of,
)

_MEMORY: Final = "/dev/shm"
READY_S = 14.0  # the slowest box charges for 12
AFTER_S = 12.0
TTL_S = 4.0
SENSED = tuple(name for name in DRIVERS if name not in ("gpio without switch", "safescan-uc100"))
PLUGS = tuple(BOXES)


@dataclass(frozen=True, slots=True)
class Accident:
    """What happens. `drawer`: its particulars; `armed` before the order, `meanwhile` after it. `pulses`: at most.

    `blind`: the till cannot know where the drawer stands.
    """

    name: str
    drawer: Callable[[], SimulatedDrawer] = lambda: drawer()
    armed: Callable[[Rig], None] = lambda rig: None
    meanwhile: Callable[[DrawerTill, Rig], None] = lambda till, rig: None
    pulses: int = 1
    blind: bool = False


@dataclass(slots=True)
class Verdict:
    """How it ended, and what should not have been."""

    end: str
    pulses: int
    sins: list[str] = field(default_factory=list)


def drawer(**particulars: object) -> SimulatedDrawer:
    given: dict[str, object] = {"now": 100.0, "closes_after": 1.5, **particulars}
    return SimulatedDrawer(**given)  # type: ignore[arg-type]  # one place, named arguments of the class


def _replug(seconds: float) -> Callable[[DrawerTill, Rig], None]:
    def meanwhile(till: DrawerTill, rig: Rig) -> None:
        till.turn()
        rig.unplug()
        till.run(seconds)
        rig.plug()

    return meanwhile


def _noise(rig: Rig) -> None:
    rig.noise(b"\x00\x80AT\r\x42")


def _strangers(till: DrawerTill, rig: Rig) -> None:
    till.run(3.0)
    rig.strange(b"AT\rAT\r")


def _too_late(till: DrawerTill, rig: Rig) -> None:
    """The lane was busy: the order lies in its mailbox longer than it lives."""
    rig.pass_time(TTL_S + 0.1)


ACCIDENTS = (
    Accident("nothing"),
    Accident("stuck latch", lambda: drawer(stuck=1), pulses=3),
    Accident("latch stuck for good", lambda: drawer(stuck=99), pulses=3),
    Accident("late opening", lambda: drawer(latch_delay=0.9)),
    Accident("very late opening", lambda: drawer(latch_delay=3.0), pulses=3),
    Accident("bounce", lambda: drawer(bounces_open=True)),
    Accident("pulled out after the pulse", meanwhile=_replug(0.5)),
    Accident("pulled out, shut at once", lambda: drawer(closes_after=0.2), meanwhile=_replug(0.6)),
    Accident("pulled out for long", meanwhile=_replug(8.0)),
    Accident("box deaf", armed=lambda rig: rig.deafen(), pulses=3, blind=True),
    Accident("garbage on the line", armed=_noise),
    Accident("ModemManager asks AT", meanwhile=_strangers),
    Accident("order too old", meanwhile=_too_late, pulses=0),
    Accident("locked with the key", lambda: _locked(), pulses=3),
    Accident("12 V for a 24 V drawer", lambda: drawer(wrong_voltage=True), pulses=3),
)


def _locked() -> SimulatedDrawer:
    made = drawer()
    made.lock()
    return made


def judge(till: DrawerTill, rig: Rig, accident: Accident, asked_at: float) -> Verdict:
    """Compare what the drawer saw with what was ordered and with what the till believes."""
    pulses = rig.drawer.pulses
    sins = []
    ours = len(pulses) - rig.strangers
    if ours > accident.pulses:
        sins.append(f"{ours} pulses, at most {accident.pulses} were due")
    if rig.strangers == 0 and len(rig.drawer.openings) > 1:
        sins.append("opened twice")
    if rig.strangers == 0 and any(pulse.result == "already_open" for pulse in pulses):
        sins.append("a pulse into an open drawer")
    if any(pulse.at > till.restarted_at for pulse in pulses):
        sins.append("a pulse after the restart")
    if pulses and not rig.strangers and pulses[0].at > asked_at + TTL_S:
        sins.append("a pulse later than the order lives")
    if rig.drawer.burnt or (rig.drawer.hottest >= 1.0 and not rig.strangers):
        sins.append("the coil is burnt")
    believed = till.state in STANDING_OPEN
    if rig.sensed and not accident.blind and believed is not rig.drawer.is_open:
        sins.append(f"the till says {till.state}, the drawer is {'open' if rig.drawer.is_open else 'shut'}")
    return Verdict(_end(till, rig), ours, sins)


def _end(till: DrawerTill, rig: Rig) -> str:
    told = till.told()
    if any(isinstance(event, DrawerOpened) and event.cause.kind == "no_sale" for event in told):
        return "opened"
    if any(isinstance(event, DrawerOpenFailed) for event in told):
        return "failed, told"
    if till.restarted_at == float("inf"):
        return "nothing told"
    return "pulsed once, then the power went" if rig.drawer.pulses else "never pulsed, the order went with the power"


def play(
    folder: Path,
    driver: str,
    accident: Accident,
    *,
    cut_at: int = -1,
    cut_after: int = -1,
    in_pulse: bool = False,
    broken: Broken = lambda driver: driver,
    replays: bool = False,
) -> tuple[Verdict, int]:
    """One case; also how many steps the controller took after the order."""
    folder.mkdir()
    rig = rig_of(driver, accident.drawer())
    till = DrawerTill(folder, driver, rig, broken=broken)
    try:
        till.run(READY_S)
        asked_at = rig.clock.monotonic()
        accident.armed(rig)
        till.steps, till.cut_at = 0, cut_at
        if cut_after >= 0:
            rig.cut_after(cut_after, _cut)
        if in_pulse:
            rig.cut_in_pulse(_cut)
        try:
            till.ask()
            accident.meanwhile(till, rig)
            till.run(AFTER_S)
        except PowerCut:
            till.cut_at = -1
            till.crash()
            till.run(READY_S)
            if replays:
                till.send_again()
            till.run(AFTER_S)
        steps = till.steps
        return judge(till, rig, accident, asked_at), steps
    finally:
        till.shut_down()
        rig.finish()


def _cut() -> None:
    raise PowerCut


class Table:
    """How each case ended: a row for what happened, a column for the driver."""

    def __init__(self) -> None:
        self.ends: dict[str, Counter[str]] = {}
        self.cells: dict[str, list[str]] = {}
        self.sinners: list[str] = []
        self.cases = 0

    def add(self, driver: str, what: str, verdict: Verdict) -> None:
        self.cases += 1
        self.ends.setdefault(driver, Counter())[verdict.end] += 1
        self.cells.setdefault(what, []).append(f"{verdict.pulses} {verdict.end}")
        self.sinners += [f"{driver}, {what}: {sin}" for sin in verdict.sins]

    def show(self, title: str, *, rows: bool = False) -> None:
        lines = ["", f"{title}: {self.cases} cases, {len(self.sinners)} wrong"]
        if rows:
            lines.append("    pulses and end" + " " * 15 + "".join(f"{name:21}" for name in self.ends))
            lines += [f"    {what:28} " + "".join(f"{c:21}" for c in cells) for what, cells in self.cells.items()]
        else:
            for name, ends in self.ends.items():
                told = ", ".join(f"{count} {end}" for end, count in ends.most_common())
                lines.append(f"    {name:22} {told}")
        print("\n".join([*lines, *self.sinners[:20]]), file=sys.stderr)  # noqa: T201 - the table is the result


@pytest.fixture
def folders() -> Iterator[Callable[[], Path]]:
    """New folders on a disk in memory, where the machine has one: thousands of commits, none of them the point."""
    count = itertools.count()
    with tempfile.TemporaryDirectory(prefix="drawer-", dir=_MEMORY if Path(_MEMORY).is_dir() else None) as root:
        yield lambda: Path(root) / str(next(count))


def test_no_accident_makes_a_second_a_late_or_a_hot_pulse(folders: Callable[[], Path]) -> None:
    table = Table()
    for name in DRIVERS:
        for accident in ACCIDENTS:
            verdict, _ = play(folders(), name, accident)
            table.add(name, accident.name, verdict)
    table.show("accidents", rows=True)
    assert table.sinners == []


def every_step(folders: Callable[[], Path], name: str, accident: Accident, table: Table) -> None:
    """The power of the till cut at each of its steps, at each byte, and in the pulse."""
    _, steps = play(folders(), name, accident)
    for cut_at in range(1, steps + 1):
        verdict, _ = play(folders(), name, accident, cut_at=cut_at)
        table.add(name, f"{accident.name}, cut at step {cut_at}", verdict)
    for count in range(4):
        verdict, _ = play(folders(), name, accident, cut_after=count)
        table.add(name, f"{accident.name}, cut after {count} bytes", verdict)
    verdict, _ = play(folders(), name, accident, in_pulse=True)
    table.add(name, f"{accident.name}, cut in the pulse", verdict)


@pytest.mark.parametrize("name", DRIVERS)
def test_power_cut_at_any_step_makes_no_second_pulse(folders: Callable[[], Path], name: str) -> None:
    table = Table()
    for accident in ACCIDENTS[:2]:
        every_step(folders, name, accident, table)
    table.show("power cuts of the till")
    assert table.sinners == []
    assert table.cases > 20


@pytest.mark.campaign
@pytest.mark.parametrize("name", DRIVERS)
def test_power_cut_at_any_step_of_any_accident(folders: Callable[[], Path], name: str) -> None:
    table = Table()
    for accident in ACCIDENTS:
        every_step(folders, name, accident, table)
    table.show("power cuts of the till in every accident")
    assert table.sinners == []


# --- a person who wants it open again and again ----------------------------------------------------------------------


def hammer(folder: Path, name: str, guard: Callable[[], DutyGuard] | None, orders: int = 90) -> SimulatedDrawer:
    """A drawer that is shut as soon as it opens, and wanted open every 0.4 s for half a minute."""
    folder.mkdir()
    rig = rig_of(name, drawer(closes_after=0.01, bounces=False, latch_delay=0.05), guard)
    till = DrawerTill(folder, name, rig)
    try:
        till.run(READY_S)
        for number in range(orders):
            till.ask(f"open-{number}")
            till.run(0.4)
        return rig.drawer
    finally:
        till.shut_down()
        rig.finish()


class NoGuard(DutyGuard):
    """Lets every pulse through."""

    def refusal(self, pulse_ms: int, now: float) -> str:
        return ""


@pytest.mark.parametrize("name", DRIVERS)
def test_guard_keeps_the_coil_cool_whatever_is_ordered(folders: Callable[[], Path], name: str) -> None:
    kept = hammer(folders(), name, None)
    assert not kept.burnt
    assert kept.hottest < 0.5
    assert 3 <= len(kept.pulses) <= 10


def test_without_the_guard_the_coil_burns() -> None:
    """The control: the same orders past a guard that lets everything through, at a coil that is hit as it comes."""
    made = drawer(closes_after=0.01, bounces=False, latch_delay=0.05)
    rig = PinRig("high", made, NoGuard)
    try:
        rig.start()
        assert rig.driver.connect()
        for _ in range(40):
            rig.watch(0.3)
            rig.driver.kick(Kick(DRAWER, 200, 10**15))
        assert made.burnt
        assert made.hottest > 1.0
    finally:
        rig.finish()


def test_with_the_guard_the_same_hits_do_not_burn_it() -> None:
    made = drawer(closes_after=0.01, bounces=False, latch_delay=0.05)
    rig = PinRig("high", made)
    try:
        rig.start()
        assert rig.driver.connect()
        for _ in range(400):
            rig.watch(0.3)
            rig.driver.kick(Kick(DRAWER, 200, 10**15))
        assert not made.burnt
        assert made.hottest < 0.5
    finally:
        rig.finish()


# --- controls: a till that is broken is found out --------------------------------------------------------------------


def by_name(name: str) -> Accident:
    return next(accident for accident in ACCIDENTS if accident.name == name)


@pytest.mark.parametrize("name", DRIVERS)
def test_driver_that_knows_no_time_is_found_out(folders: Callable[[], Path], name: str) -> None:
    verdict, _ = play(folders(), name, by_name("order too old"), broken=Timeless)
    assert any("at most 0" in sin for sin in verdict.sins)


@pytest.mark.parametrize("name", [name for name in PLUGS if name in SENSED and name != "apg-484a"])
def test_driver_that_forgets_its_pulses_is_found_out(folders: Callable[[], Path], name: str) -> None:
    # the 484A would charge for 12 s first, and its orders are not repeated at all
    verdict, _ = play(folders(), name, by_name("pulled out, shut at once"), broken=Forgetful)
    assert any("pulses" in sin or "twice" in sin for sin in verdict.sins)


@pytest.mark.parametrize("name", DRIVERS)
def test_till_that_sends_again_after_a_restart_is_found_out(folders: Callable[[], Path], name: str) -> None:
    found = []
    _, steps = play(folders(), name, ACCIDENTS[0])
    for cut_at in range(1, steps + 1):
        verdict, _ = play(folders(), name, ACCIDENTS[0], cut_at=cut_at, replays=True, broken=Timeless)
        found += verdict.sins
    assert any("after the restart" in sin for sin in found)
