"""Drawers on pins and on modem lines in a running till: what the coil saw, and what the till says of the drawer."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.played_devices import Device
from firmware_bridge.rehearsal import Rehearsal
from tests.support.device_desk import DeviceDesk, device_desk, write
from tests.support.odd_till import ask
from tests.support.processes import sale, until

Json = dict[str, Any]
QUICK = ("--columns", "42", "--speed", "30")
TILL = "tests.support.odd_till"
#: How far a pulse on a busy machine may miss its length, ms; the guard ends each at 300.
SLACK_MS = 60.0
ON_PINS = 'driver = "gpio"\nport = "gpio:17?active=high"\n'
SENSED = 'sense_port = "gpio:27?pull=up"\nsense_open_level = "high"\n'


def config(folder: Path, printer: Device, drawer: str) -> Rehearsal:
    return write(folder, f'[printer]\nport = "{printer.url}"\ncolumns = 42\n[drawers.main]\n{drawer}')


def hands(folder: Path) -> Path:
    return folder / "hands"


def drawer_is(desk: DeviceDesk, state: str) -> None:
    until(lambda: desk.cashier.get("/v1/drawers/main")["state"] == state, f"the drawer to be {state}")


def open_it(desk: DeviceDesk) -> tuple[int, Json]:
    return desk.cashier.request("POST", "/v1/drawers/main/open", {"id": desk.new("open"), "reason": "change"})


def opened_when_rested(desk: DeviceDesk) -> None:
    """The coil rests for a second after the till was started."""
    until(lambda: open_it(desk)[0] == 201, "the drawer to be opened")


def told(desk: DeviceDesk) -> Counter[str]:
    """Names of the journal's records."""
    from firmware_bridge.journal import browse

    return Counter(record["name"] for record in browse.export(str(desk.at.journal)))


def pins(folder: Path, *more: str) -> tuple[str, ...]:
    return (TILL, "pins", "--hands", str(hands(folder)), *more)


def test_a_drawer_on_pins_opens_once_for_a_sale_and_is_seen_shut(tmp_path: Path) -> None:
    with Device("escpos", None, QUICK) as printer:
        at = config(tmp_path, printer, ON_PINS + SENSED + "pulse_ms = 120\n")
        with device_desk(at, *pins(tmp_path, "--closes-after", "0.3")) as desk:
            desk.open_shift()
            drawer_is(desk, "closed")
            opened_when_rested(desk)
            drawer_is(desk, "closed")
            before = ask(hands(tmp_path), "look")
            until(lambda: open_it(desk)[0] == 201, "the coil to have rested")
            drawer_is(desk, "closed")
            done = desk.cashier.post("/v1/sales", sale("sale-1"))
            assert done["state"] == "paper_out"
            until(lambda: desk.receipt("sale-1")["drawer"]["state"] in ("closed", "failed"), "the drawer's end")
            after = ask(hands(tmp_path), "look")
        assert after["results"][: len(before["results"])] == before["results"]
        assert set(after["results"]) == {"opens"}
        assert all(120 <= pulse <= 120 + SLACK_MS for pulse in after["pulses"]), after
        assert (after["on"], after["burnt"]) == (False, False)
        names = told(desk)
        # the contact bounces at both ends: each opening and each closing is told once
        assert names["DrawerOpened"] == names["DrawerClosed"] - 1 == len(after["pulses"])  # it was found shut at first
        assert names["DrawerForced"] == 0


def test_a_forced_drawer_on_pins_is_told(tmp_path: Path) -> None:
    with Device("escpos", None, QUICK) as printer:
        at = config(tmp_path, printer, ON_PINS + SENSED)
        with device_desk(at, *pins(tmp_path)) as desk:
            drawer_is(desk, "closed")
            ask(hands(tmp_path), "force")
            drawer_is(desk, "forced")
            ask(hands(tmp_path), "push")
            drawer_is(desk, "closed")
            assert ask(hands(tmp_path), "look")["pulses"] == []


def test_a_latch_that_sticks_gets_a_longer_pulse_after_its_rest(tmp_path: Path) -> None:
    with Device("escpos", None, QUICK) as printer:
        at = config(tmp_path, printer, ON_PINS + SENSED + "pulse_ms = 60\n")
        with device_desk(at, *pins(tmp_path, "--stuck", "1", "--closes-after", "0.3")) as desk:
            desk.printer_is("ready")
            drawer_is(desk, "closed")
            opened_when_rested(desk)
            found = ask(hands(tmp_path), "look")
        assert found["results"] == ["stuck", "opens"]
        first, second = found["pulses"]
        assert (60 <= first <= 60 + SLACK_MS, 110 <= second <= 110 + SLACK_MS) == (True, True), found
        assert found["rests"][1] >= 1000, "the coil's rest between two pulses"


def test_the_guard_refuses_pulses_that_would_heat_the_coil(tmp_path: Path) -> None:
    with Device("escpos", None, QUICK) as printer:
        at = config(tmp_path, printer, ON_PINS + "gap_ms = 400\npulse_ms = 50\npulses_per_minute = 2\n")
        with device_desk(at, *pins(tmp_path, "--no-switch")) as desk:
            desk.printer_is("ready")
            opened_when_rested(desk)
            status, refused = open_it(desk)
            assert (status, "the coil must rest" in refused["detail"]) == (409, True), refused
            opened_when_rested(desk)

            def too_many() -> bool:
                code, answer = open_it(desk)
                assert code == 409, "a third pulse in the minute"
                return "the coil must cool" in answer["detail"]

            until(too_many, "the coil's rest to be over and its minute not")
            assert "nothing was sent" in open_it(desk)[1]["detail"]
            assert len(ask(hands(tmp_path), "look")["pulses"]) == 2


def test_a_till_that_is_stopped_in_the_middle_of_a_pulse_ends_it(tmp_path: Path) -> None:
    ended = []
    with Device("escpos", None, QUICK) as printer:
        for attempt in range(5):  # a busy machine may be slower than a pulse: one that was cut short is enough
            folder = tmp_path / str(attempt)
            folder.mkdir()
            history = folder / "history.json"
            at = config(folder, printer, ON_PINS + "pulse_ms = 200\n")
            with device_desk(at, *pins(folder, "--no-switch", "--history", str(history))) as desk:
                ask(hands(folder), "stop_in_pulse")
                until(lambda: _gone(desk), "the till to be stopped in its first pulse")
                until(history.exists, "it to say what its pins were told")
            found = json.loads(history.read_text("utf-8"))
            assert (found["on"], found["function"]) == (False, "input")
            ended.append(found["pulses"][-1])
            if ended[-1] < 200:
                break
    assert min(ended) < 200, ended


def _gone(desk: DeviceDesk) -> bool:
    try:
        desk.cashier.request("POST", "/v1/drawers/main/open", {"id": desk.new("open"), "reason": "change"}, wait=1)
    except OSError:
        return True
    except ValueError:  # it hung up in the middle of an answer
        return True
    return False


def test_pins_that_the_environment_only_plays_are_refused_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    assert os.environ["GPIOZERO_PIN_FACTORY"] == "mock"
    with Device("escpos", None, QUICK) as printer, device_desk(config(tmp_path, printer, ON_PINS)) as desk:
        until(lambda: not desk.cashier.get("/v1/drawers/main")["connected"], "the drawer to be told as not connected")
        trouble = desk.cashier.get("/v1/drawers/main")["trouble"]
        assert trouble.startswith("Drawer main is not connected: ")
        assert "GPIOZERO_PIN_FACTORY=mock" in trouble
        status, refused = open_it(desk)
        assert (status, "nothing was sent" in refused["detail"]) == (409, True)
        assert desk.status()["drawers"][0]["trouble"] == trouble


@pytest.mark.parametrize(
    ("box", "code"),
    # the 484A opens on BEL; it charges for twelve seconds after its port was opened
    [("apg-212a", 'code = "1b7030"\n'), pytest.param("apg-484a", "", marks=pytest.mark.campaign)],
)
def test_a_box_that_tells_on_a_modem_line_opens_and_is_seen_shut(tmp_path: Path, box: str, code: str) -> None:
    place = tmp_path / "box"
    with Device("escpos", None, QUICK) as printer:
        drawer = f'driver = "trigger_box"\nport = "serial:{place}"\nbox = "{box}"\n{code}'
        at = config(tmp_path, printer, drawer + 'sense_open_level = "high"\n')
        words = (TILL, "lines", "--hands", str(hands(tmp_path)), "--box", box, "--pty", str(place))
        with device_desk(at, *words) as desk:
            desk.printer_is("ready")
            drawer_is(desk, "closed")
            opened_when_rested(desk)
            drawer_is(desk, "closed")
            pulses = ask(hands(tmp_path), "drawer")["pulses"]
            written = ask(hands(tmp_path), "status")["written"]
        assert [pulse["result"] for pulse in pulses] == ["opens"]
        assert written == {"apg-212a": "1b7030", "apg-484a": "07"}[box], "nothing else was ever written to it"
        names = told(desk)
        assert (names["DrawerOpened"], names["DrawerForced"]) == (1, 0)
