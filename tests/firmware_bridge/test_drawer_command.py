"""`drawer test|learn`: one pulse, and what it says is what the drawer did. Boxes, pins and a printer's socket."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from drivers.drawers.base import CashDrawer, DutyGuard, SenseLevel
from drivers.drawers.gpio.driver import GpioDrawer
from drivers.drawers.printer_kick import PrinterKick
from drivers.drawers.simulator import SimulatedDrawer
from drivers.drawers.trigger_box.boxes import LineName
from drivers.drawers.trigger_box.driver import BoxDrawer, TriggerBox
from drivers.ports.gpio_input import GpioInput
from drivers.ports.gpio_line import GpioOutput
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.base import Report
from drivers.printers.escpos.driver import EscPosPrinter
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.escpos.simulator import SimulatedPrinter
from firmware_bridge import config as config_file
from firmware_bridge import drawer_arguments, drawer_command
from firmware_bridge.drawer_command import AtPrinter
from firmware_bridge.drawer_trial import Subject, learn, try_once
from firmware_bridge.errors import UsageError, UserError
from tests.drivers.drawers.bench import Bench
from tests.drivers.drawers.pins import COIL, SWITCH, PinBench, VirtualInput

Polarity = Literal["high", "low"]


@dataclass
class Hand:
    """The person at the drawer: does what the questions say. `sees`: whether the drawer is open."""

    shut: Callable[[], None]
    sees: Callable[[], bool]
    agrees: bool = True
    pushes_again: bool = True
    asked: list[str] = field(default_factory=list)

    def ask(self, question: str) -> str:
        self.asked.append(question)
        if question.startswith("Push the drawer shut") or (question.startswith("Push it") and self.pushes_again):
            self.shut()
        elif question.endswith("Type yes: "):
            return "yes" if self.agrees else "no"
        elif question.endswith("Type yes or no: "):
            return "Yes " if self.sees() else "no"
        return ""


def simulated(open_level: Polarity = "high", **particulars: Any) -> SimulatedDrawer:
    return SimulatedDrawer(now=100.0, open_level=open_level, **particulars)


class BoxStand:
    """A trigger box in virtual time. `level`, `line`: as they are configured."""

    def __init__(
        self, name: str, drawer: SimulatedDrawer, level: SenseLevel = "high", line: LineName | None = None
    ) -> None:
        self.bench = Bench(name, (level,), drawers=[drawer])
        self.drawer = drawer
        self.hand = Hand(drawer.push_shut, lambda: drawer.is_open)
        row = self.bench.row
        self.subject = Subject(
            "d1",
            self._make,
            self.bench.clock,
            level,
            patience_s=row.charge_s + 3,
            confirm_s=max(3.0, row.confirm_ms / 1000 + 1),
            line=(line or row.line) if row.tells == "line" else None,
        )
        self._line = line

    def _make(self, level: SenseLevel, report: Report) -> CashDrawer:
        guard = DutyGuard(gap_s=max(1.0, self.bench.row.rest_s))
        drawer = BoxDrawer("d1", 1, level, self._line if level != "none" else None, guard)
        return TriggerBox(self.bench.port, self.bench.row, [drawer], report)


class PinStand:
    """Two pins in virtual time."""

    def __init__(self, drawer: SimulatedDrawer, level: SenseLevel = "high") -> None:
        self.pins = PinBench("high", drawer)
        self.drawer = drawer
        self.hand = Hand(drawer.push_shut, lambda: drawer.is_open)
        self.subject = Subject("d1", self._make, self.pins.clock, level)

    def _make(self, level: SenseLevel, report: Report) -> CashDrawer:
        pins = self.pins
        pins.restart()
        switch = VirtualInput(GpioInput(SWITCH, pins.clock, factory=pins.factory), pins.harness, pins.clock)
        return GpioDrawer(
            "d1",
            pins.coil,
            report,
            pins.clock,
            switch=switch if level != "none" else None,
            sense_open_level=level,
            wait=pins.idle,
        )


class PrinterStand:
    """A drawer on the socket of an ESC/POS printer in virtual time."""

    def __init__(self, drawer: SimulatedDrawer, level: SenseLevel = "high") -> None:
        self.clock = VirtualClock(100.0)
        self.printer = SimulatedPrinter(now=100.0, drawer=drawer)
        self.drawer = drawer
        self.hand = Hand(drawer.push_shut, lambda: drawer.is_open)
        self.subject = Subject("d1", self._make, self.clock, level)

    def _make(self, level: SenseLevel, report: Report) -> CashDrawer:
        port = MemoryPort(self.printer, self.clock)
        settings = EscPosSettings()
        return AtPrinter(lambda hear: EscPosPrinter(port, settings, hear, PrinterKick("d1", 2, level)), report)


Stand = BoxStand | PinStand | PrinterStand
TELLING = ("apg-484a", "apg-212a", "glancetron-8005u", "acode-at10u3", "ibm-4840")
STANDS = ("gpio", "printer", *TELLING)


def stand(name: str, drawer: SimulatedDrawer, level: SenseLevel = "high") -> Stand:
    if name == "gpio":
        return PinStand(drawer, level)
    return PrinterStand(drawer, level) if name == "printer" else BoxStand(name, drawer, level)


@pytest.fixture(autouse=True)
def pins_are_given_back() -> Iterator[None]:
    yield
    # a pin is held by one owner in this process; a stand whose driver was not closed would show here
    output = GpioOutput(COIL, VirtualClock(), factory=PinBench("none").factory)
    output.open()
    output.close()


# --- learn -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STANDS)
@pytest.mark.parametrize("polarity", ["high", "low"])
def test_learn_finds_the_level_of_an_open_drawer_with_one_pulse(name: str, polarity: Polarity) -> None:
    at = stand(name, simulated(polarity))
    lesson = learn(at.subject, at.hand, sure=False)
    assert (lesson.level, lesson.outcome.result) == (polarity, "opened"), lesson.outcome.text
    assert lesson.outcome.after_ms is not None
    assert len(at.drawer.pulses) == 1
    assert not at.drawer.is_open


@pytest.mark.parametrize("name", STANDS)
def test_learn_finds_that_no_switch_is_wired(name: str) -> None:
    at = stand(name, simulated(wired=False))
    lesson = learn(at.subject, at.hand, sure=False)
    assert lesson.level == "none"
    assert "no switch told so" in lesson.outcome.text
    assert "CapStatus is false" in lesson.outcome.text
    assert len(at.drawer.pulses) == 1


@pytest.mark.parametrize("name", STANDS)
def test_learn_of_a_drawer_that_stays_shut_learns_nothing_and_says_what_to_look_at(name: str) -> None:
    drawer = simulated()
    drawer.lock()
    at = stand(name, drawer)
    lesson = learn(at.subject, at.hand, sure=False)
    assert (lesson.level, lesson.outcome.result) == (None, "did_not_open")
    assert any("locked with its key" in advice for advice in lesson.outcome.advice)


@pytest.mark.parametrize("name", STANDS)
def test_learn_begins_with_a_drawer_that_stands_open(name: str) -> None:
    drawer = simulated()
    drawer.force_open()
    at = stand(name, drawer)
    assert learn(at.subject, at.hand, sure=False).level == "high"
    assert len(drawer.pulses) == 1


@pytest.mark.parametrize("name", STANDS)
def test_switch_that_does_not_go_back_is_not_learned(name: str) -> None:
    at = stand(name, simulated())
    at.hand.pushes_again = False
    lesson = learn(at.subject, at.hand, sure=False)
    assert lesson.level is None
    assert "not that it was shut again" in lesson.outcome.text


@pytest.mark.parametrize("line", ["cts", "dsr", "dcd", "ri"])
@pytest.mark.parametrize("polarity", ["high", "low"])
def test_learn_finds_the_line_on_which_a_box_tells(line: LineName, polarity: Polarity) -> None:
    at = BoxStand("apg-484a", simulated(polarity))
    at.bench.box.line = line  # type: ignore[attr-defined]  # it is a CodeBox: its DIP switches
    lesson = learn(at.subject, at.hand, sure=False)
    assert (lesson.level, lesson.line) == (polarity, line)
    assert len(at.drawer.pulses) == 1


# --- test ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STANDS)
def test_drawer_that_opens_is_told_by_its_switch(name: str) -> None:
    at = stand(name, simulated())
    outcome = try_once(at.subject, at.hand, sure=False)
    assert outcome.result == "opened"
    assert outcome.after_ms is not None
    assert 100 <= outcome.after_ms <= 3000
    assert at.hand.asked == ["Drawer d1 will open now. Type yes: "]
    assert len(at.drawer.pulses) == 1


@pytest.mark.parametrize("name", STANDS)
def test_drawer_that_stays_shut_is_told_with_reasons_and_pulsed_once(name: str) -> None:
    at = stand(name, simulated(wrong_voltage=True))
    outcome = try_once(at.subject, at.hand, sure=True)
    assert outcome.result == "did_not_open"
    assert any("24 V hangs on 12 V" in advice for advice in outcome.advice)
    assert len(at.drawer.pulses) == 1


@pytest.mark.parametrize("name", STANDS)
def test_drawer_that_is_open_is_not_pulsed(name: str) -> None:
    drawer = simulated()
    drawer.force_open()
    at = stand(name, drawer)
    assert try_once(at.subject, at.hand, sure=True).result == "open_already"
    assert drawer.pulses == []


@pytest.mark.parametrize("name", STANDS)
def test_person_who_does_not_agree_gets_no_pulse(name: str) -> None:
    at = stand(name, simulated())
    at.hand.agrees = False
    assert try_once(at.subject, at.hand, sure=False).result == "called_off"
    assert learn(at.subject, at.hand, sure=False).outcome.result == "called_off"
    assert at.drawer.pulses == []


@pytest.mark.parametrize("name", [*STANDS, "safescan-uc100"])
@pytest.mark.parametrize("locked", [False, True])
def test_without_a_switch_the_person_is_asked_what_happened(name: str, locked: bool) -> None:
    drawer = simulated()
    drawer.locked = locked
    at = stand(name, drawer, "none")
    outcome = try_once(at.subject, at.hand, sure=False)
    assert outcome.result == ("did_not_open" if locked else "opened")
    assert outcome.after_ms is None
    assert len(drawer.pulses) == 1


def test_without_a_switch_and_a_person_nothing_is_claimed() -> None:
    at = BoxStand("safescan-uc100", simulated(), "none")
    outcome = try_once(at.subject, at.hand, sure=True)
    assert outcome.result == "unseen"
    assert at.hand.asked == []


def test_box_that_is_unplugged_is_told_and_gets_nothing() -> None:
    at = BoxStand("apg-212a", simulated())
    at.bench.port.unplug()
    outcome = try_once(at.subject, at.hand, sure=True)
    assert outcome.result == "not_connected"
    assert "nothing was sent" in outcome.text
    assert any("if the till runs" in advice for advice in outcome.advice)


def test_printer_that_is_silent_is_told_with_its_reason() -> None:
    at = PrinterStand(simulated())
    at.printer.power_off()
    outcome = try_once(at.subject, at.hand, sure=True)
    assert outcome.result == "not_connected"
    assert "does not answer" in outcome.text


# --- the command, on ptys with simulated devices in processes of their own -------------------------------------------


class Device:
    """A simulated device and the hand at it."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "firmware_bridge.device_sim", *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def do(self, what: str, **arguments: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": what, **arguments}).encode() + b"\n")
        self.process.stdin.flush()
        return self._answer()

    @property
    def hand(self) -> Hand:
        return Hand(self.shut, lambda: bool(self.do("drawer")["open"]))

    def shut(self) -> None:
        self.do("close_drawer")


@contextmanager
def device(*arguments: str) -> Iterator[Device]:
    running = Device(*arguments, "--fault", "nobody_closes")
    try:
        yield running
    finally:
        running.process.communicate(timeout=10)


def parsed(*words: str) -> drawer_arguments.Wish:
    """What the command line makes of these words."""
    parser = argparse.ArgumentParser()
    drawer_arguments.add(parser.add_subparsers(dest="command"), argparse.ArgumentParser, lambda _: 0)
    return drawer_arguments.wish(parser.parse_args(["drawer", *words]))


def configured(folder: Path, port: str, drawers: str = "") -> config_file.Config:
    path = folder / "till.toml"
    path.write_text(
        f"""
[till]
id = "1"
market = "UA"
zone = "Europe/Kyiv"
currency = "UAH"
language = "uk"
[shop]
name = "Shop"
[taxes.a]
letter = "A"
[rounding]
mode = "none"
[journal]
path = "{folder}/journal.sqlite"
[printer]
port = "{port}"
[drawers.main]
pulse_ms = 120
{drawers}
"""
    )
    return config_file.load(path)


def test_learn_at_a_box_prints_what_the_configuration_needs(tmp_path: Path) -> None:
    path, said = tmp_path / "ttyBOX", list[str]()
    with device("drawer-box", "--box", "ibm-4840", "--pty", str(path), "--fault", "inverted_switch") as there:
        wish = parsed("learn", "--port", f"serial:{path}", "--box", "ibm-4840")
        assert drawer_command.run(None, wish, said.append, person=there.hand) == 0
        assert len(there.do("drawer")["pulses"]) == 1
    (text,) = said
    assert tomllib.loads(text[text.index("[drawers") :])["drawers"]["main"] == {
        "driver": "trigger_box",
        "port": f"serial:{path}",
        "box": "ibm-4840",
        "sense_open_level": "low",
    }


def test_learn_at_a_printers_socket_tells_the_one_line_that_changes(tmp_path: Path) -> None:
    path, said = tmp_path / "ttyPRN", list[str]()
    with device("escpos", "--pty", str(path)) as there:
        wish = parsed("learn", "--config", "x", "--yes", "--json")
        config = configured(tmp_path, f"serial:{path}")
        assert drawer_command.run(config, wish, said.append, person=there.hand) == 0
        (pulse,) = there.do("drawer")["pulses"]
    told = json.loads(said[0])
    assert (told["drawer"], told["result"], told["advice"]) == ("main", "opened", [])
    assert (told["sense_open_level"], told["toml"]) == ("high", '[drawers.main]\nsense_open_level = "high"')
    assert told["after_ms"] > 0
    assert pulse["seconds"] >= 0.12


def test_test_of_a_configured_drawer_at_a_port_of_its_own(tmp_path: Path) -> None:
    path, said = tmp_path / "ttyBOX", list[str]()
    with device("drawer-box", "--box", "safescan-uc100", "--pty", str(path), "--fault", "drawer_locked") as there:
        box = f'driver = "trigger_box"\nport = "serial:{path}"\nbox = "safescan-uc100"'
        config = configured(tmp_path, "serial:/dev/nowhere", box)
        assert drawer_command.run(config, parsed("test", "--config", "x"), said.append, person=there.hand) == 1
        assert [pulse["result"] for pulse in there.do("drawer")["pulses"]] == ["locked"]
    assert said[0].startswith("One pulse was sent, and it did not open.\n  - ")


def test_terminal_asks_on_stderr_and_a_closed_stdin_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, said = tmp_path / "ttyBOX", list[str]()
    with device("drawer-box", "--box", "safescan-uc100", "--pty", str(path)) as there:
        wish = parsed("test", "--port", f"serial:{path}", "--box", "safescan-uc100")
        with open("/dev/null") as nobody, monkeypatch.context() as patch:  # noqa: PTH123 - a text file as stdin is
            patch.setattr(sys, "stdin", nobody)
            with pytest.raises(UserError, match="Nobody answers"):
                drawer_command.run(None, wish, said.append)
        assert there.do("drawer")["pulses"] == []
    assert capsys.readouterr().err == "Drawer main will open now. Type yes: "
    assert said == []


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["learn", "--port", "gpio:17"], "no pin of a switch"),
        (["learn", "--port", "serial:/dev/x"], "none is ever probed"),
        (["learn", "--port", "serial:/dev/x", "--box", "safescan-uc100"], "cannot tell where its drawer stands"),
        (["learn", "--port", "serial:/dev/x", "--box", "nothing"], "known are"),
        (["test", "--port", "serial:/dev/x", "--box", "apg-212a"], "give that code"),
        (["test", "--port", "serial:/dev/x", "--box", "apg-212a", "--code", "xy"], "not hexadecimal"),
        (["test", "--port", "serial:/dev/x?flow=rtscts", "--box", "ibm-4840"], "no flow control"),
        (["test", "--port", "tcp:till:9100", "--box", "ibm-4840"], "no serial line"),
        (["test", "--port", "gpio:99"], "no pin of the header"),
        (["test", "--port", "gpio:17", "--sense-port", "gpio:27"], "belong together"),
        (["learn", "--port", "gpio:17", "--sense-port", "gpio:17"], "same pin"),
        (["test", "--port", "serial:/dev/x", "--box", "safescan-uc100", "--number", "2"], "no socket 2"),
    ],
)
def test_wrong_use_is_one_sentence_and_opens_nothing(words: list[str], text: str) -> None:
    with pytest.raises(UsageError, match=text):
        drawer_command.run(None, parsed(*words), lambda _: None)


def test_drawer_that_is_not_configured_is_refused_with_the_names(tmp_path: Path) -> None:
    config = configured(tmp_path, "serial:/dev/nowhere")
    with pytest.raises(UsageError, match="configured: main"):
        drawer_command.run(config, parsed("test", "--config", "x", "--drawer", "attic"), lambda _: None)


def test_drawer_at_a_fiscal_printer_is_refused(tmp_path: Path) -> None:
    config = configured(tmp_path, "serial:/dev/nowhere", 'driver = "register"')
    with pytest.raises(UsageError, match="hangs on the fiscal printer"):
        drawer_command.run(config, parsed("test", "--config", "x"), lambda _: None)


def test_port_that_is_not_there_is_told(tmp_path: Path) -> None:
    said = list[str]()
    wish = parsed("test", "--port", f"serial:{tmp_path}/none", "--box", "safescan-uc100", "--yes")
    assert drawer_command.run(None, wish, said.append) == 1
    assert "there is no device" in said[0]
    assert "nothing was sent" in said[0]


def test_reading_the_words_loads_no_driver() -> None:
    code = "import sys, firmware_bridge.drawer_arguments; sys.exit(any(m.startswith('drivers') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
