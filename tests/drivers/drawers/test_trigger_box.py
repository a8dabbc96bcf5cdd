"""Trigger boxes: what opens them, what they tell, and what is never written to them."""

from __future__ import annotations

import random

import pytest

from drivers.drawers.base import SenseLevel
from drivers.drawers.simulator import SimulatedDrawer
from drivers.drawers.trigger_box.boxes import BOXES, box_of
from drivers.drawers.trigger_box.driver import BoxDrawer, TriggerBox
from drivers.drawers.trigger_box.simulator import CODE, NAMES
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import DrawerKickDropped
from tests.drivers.drawers.bench import TELLING, Bench

#: Box, socket, and the kick as its document writes it (sources: drivers/drawers/trigger_box/boxes.py).
WIRES = [
    ("safescan-uc100", 1, "07"),
    ("apg-484a", 1, "07"),
    ("apg-212a", 1, "1B 70 30"),
    ("acode-at10u3", 1, "1B 70 30"),
    ("glancetron-8005u", 1, "1B 34"),
    ("glancetron-8005u", 2, "1B 35"),
    ("ibm-4840", 1, "07"),
    ("ibm-4840", 2, "1B 07"),
    ("posiflex-cr4000", 1, "00 00" + 118 * " 00"),
    ("posiflex-cr4000", 8, "07 07" + 118 * " 00"),
]


def silent(name: str) -> Bench:
    return Bench(name, levels=("none",))


def test_every_box_that_is_driven_is_simulated_and_its_bytes_are_written_down() -> None:
    assert set(NAMES) == set(BOXES)
    assert {name for name, _, _ in WIRES} == set(BOXES)
    assert all(row.source for row in BOXES.values())


@pytest.mark.parametrize("name", BOXES)
def test_one_kick_is_one_pulse_that_opens(name: str) -> None:
    bench = silent(name)
    bench.up()
    assert bench.kick() == ""
    bench.wait(1.0)
    assert [pulse.result for pulse in bench.drawer.pulses] == ["opens"]
    assert bench.drawer.is_open


@pytest.mark.parametrize("name", TELLING)
@pytest.mark.parametrize("level", ["high", "low"])
def test_opening_and_closing_are_told_in_either_polarity(name: str, level: SenseLevel) -> None:
    bench = Bench(name, levels=(level,))
    bench.up()
    assert bench.sensed() == [("d1", False)]
    assert bench.kick() == ""
    bench.wait(5.0)
    assert bench.sensed() == [("d1", True)]
    bench.drawer.push_shut()
    bench.wait(5.0)
    assert bench.sensed() == [("d1", False)]
    bench.drawer.force_open()
    bench.wait(5.0)
    assert bench.sensed() == [("d1", True)]
    assert len(bench.drawer.pulses) == 1


@pytest.mark.parametrize("name", ["glancetron-8005u", "ibm-4840"])
def test_second_socket_opens_and_tells_the_second_drawer_only(name: str) -> None:
    bench = Bench(name, levels=("high", "high"))
    bench.up()
    bench.sensed()
    assert bench.kick(2) == ""
    bench.wait(5.0)
    assert (bench.sensed(), bench.drawers[0].pulses) == ([("d2", True)], [])


@pytest.mark.parametrize(("name", "number", "wire"), WIRES)
def test_bytes_of_a_kick_are_those_of_the_manual(name: str, number: int, wire: str) -> None:
    levels: list[SenseLevel] = ["none"] * number
    bench = Bench(name, levels=levels)
    bench.up()
    assert bench.written == b""
    assert bench.kick(number) == ""
    assert bench.written == bytes.fromhex(wire)


@pytest.mark.parametrize("name", BOXES)
def test_nothing_but_kicks_and_its_own_question_is_ever_written(name: str) -> None:
    bench = silent(name) if name == "safescan-uc100" else Bench(name)
    bench.up()
    bench.wait(30.0)
    asked = {"glancetron-8005u": b"\x1b:", "ibm-4840": b"\x06", "posiflex-cr4000": b"\0\1".ljust(120, b"\0")}
    question = asked.get(name, b"")
    assert bench.written == question * (len(bench.written) // max(1, len(question)))
    assert bool(bench.written) is bool(question)
    assert bench.drawer.pulses == []


@pytest.mark.parametrize("name", ["glancetron-8005u", "ibm-4840"])
def test_escape_never_leaves_without_its_second_byte(name: str) -> None:
    bench = Bench(name, levels=("high", "high"))
    pieces: list[bytes] = []
    bench.port.on_bytes = lambda total, data: pieces.append(data)
    bench.up()
    for number in (1, 2):
        assert bench.kick(number) == ""
        bench.wait(5.0)
    assert pieces
    assert [piece for piece in pieces if piece.endswith(b"\x1b")] == []


def test_status_of_drawer_two_is_not_asked_with_the_toggle_of_older_models() -> None:
    bench = Bench("ibm-4840", levels=("high", "high"))
    bench.up()
    assert b"\x1b\x06" not in bench.written
    assert b"\x06" in bench.written


def test_reports_that_somebody_else_turned_on_do_no_harm() -> None:
    bench = Bench("ibm-4840")
    bench.up()
    bench.box.accept(b"\x1b\x06")
    bench.sensed()
    assert bench.kick() == ""
    bench.wait(5.0)
    assert bench.sensed() == [("d1", True)]


def test_a_hid_drawer_is_asked_by_its_own_number_and_never_programmed() -> None:
    bench = Bench("posiflex-cr4000", levels=("none", "none", "high"))
    reports: list[bytes] = []
    bench.port.on_bytes = lambda total, data: reports.append(data)
    bench.up()
    assert bench.sensed() == [("d3", False)]
    assert bench.kick(3) == ""
    bench.wait(5.0)
    assert bench.sensed() == [("d3", True)]
    assert {report[:2] for report in reports} == {b"\x02\x02", b"\x02\x03"}
    assert {report[2:] for report in reports} == {bytes(118)}
    assert [report[:2] for report in reports].count(b"\x02\x02") == 1


# --- what a box needs ------------------------------------------------------------------------------------------------


def test_box_that_charges_is_not_kicked_for_twelve_seconds_after_the_port_was_opened() -> None:
    bench = Bench("apg-484a")
    assert bench.driver.connect()
    bench.wait(11.9)
    assert "charges for 0.1 s more; nothing was sent" in bench.kick()
    bench.wait(0.1)
    assert bench.kick() == ""
    assert (bench.box.starved, len(bench.drawer.pulses)) == (0, 1)  # type: ignore[attr-defined]  # it is a ChargedBox


def test_box_that_charges_rests_six_seconds_between_kicks() -> None:
    bench = Bench("apg-484a", drawers=[SimulatedDrawer(now=100.0, closes_after=0.5)])
    bench.up()
    bench.kick()
    bench.wait(5.9)
    assert "nothing was sent" in bench.kick()
    bench.wait(0.3)
    assert bench.kick() == ""
    assert [pulse.result for pulse in bench.drawer.pulses] == ["opens", "opens"]


def test_without_power_on_its_lines_the_same_box_never_opens() -> None:
    bench = Bench("apg-484a", levels=("none",), dtr=False)
    bench.up()
    assert bench.kick() == ""
    assert bench.drawer.pulses == []


def test_only_the_box_that_lives_from_its_lines_has_them_high() -> None:
    assert {name for name, row in BOXES.items() if row.dtr or row.rts} == {"apg-484a"}


def test_charging_begins_anew_when_the_port_was_lost() -> None:
    bench = Bench("apg-484a")
    bench.up()
    bench.port.unplug()
    bench.wait(1.0)
    bench.port.plug()
    assert bench.driver.connect()
    assert "charges for 12.0 s more" in bench.kick()


def test_no_byte_falls_into_the_second_in_which_the_box_takes_none() -> None:
    bench = Bench("glancetron-8005u")
    bench.up()
    bench.kick()
    kicked_at = bench.clock.monotonic()
    bench.wait(5.0)
    after = [at - kicked_at for at, _ in bench.box.written if at > kicked_at]
    assert min(after) >= 1.2
    assert len(bench.drawer.pulses) == 1


def test_a_driver_that_starts_just_after_a_kick_waits_until_the_box_takes_bytes() -> None:
    bench = Bench("glancetron-8005u")
    bench.up()
    bench.kick()
    bench.restart()
    assert bench.driver.connect()
    bench.wait(5.0)
    assert len(bench.drawer.pulses) == 1


def test_half_a_question_in_the_lock_out_would_open_the_drawer() -> None:
    # what the pause is for: the box takes the second half of a question for any character
    bench = Bench("glancetron-8005u")
    bench.up()
    bench.kick()
    bench.wait(0.999)
    bench.box.accept(b"\x1b")
    bench.clock.advance(0.01)
    bench.box.run_until(bench.clock.monotonic())
    bench.box.accept(b":")
    assert len(bench.drawer.pulses) == 2


# --- no second pulse -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOXES)
def test_second_kick_at_once_is_refused(name: str) -> None:
    bench = silent(name)
    bench.up()
    assert bench.kick() == ""
    assert "nothing was sent" in bench.kick()
    assert len(bench.drawer.pulses) == 1


@pytest.mark.parametrize("name", BOXES)
def test_old_order_is_refused(name: str) -> None:
    bench = silent(name)
    bench.up()
    answer = bench.driver.kick(bench.order(ttl=0.0))
    assert isinstance(answer, DrawerKickDropped)
    assert "too old; nothing was sent" in answer.reason
    assert bench.drawer.pulses == []


@pytest.mark.parametrize("name", TELLING)
def test_open_drawer_is_not_pulsed(name: str) -> None:
    bench = Bench(name)
    bench.up()
    bench.drawer.force_open()
    bench.wait(3.0)
    assert "open already; nothing was sent" in bench.kick()
    assert bench.drawer.pulses == []


@pytest.mark.parametrize("name", TELLING)
def test_repeat_goes_out_only_when_the_switch_was_seen_shut_since(name: str) -> None:
    bench = Bench(name)
    bench.drawer.stuck = 1
    bench.up()
    assert bench.kick() == ""
    bench.wait(max(6.3, bench.row.confirm_ms / 1000))
    assert bench.kick(attempt=2) == ""
    bench.wait(1.0)
    assert [pulse.result for pulse in bench.drawer.pulses] == ["stuck", "opens"]


@pytest.mark.parametrize("name", TELLING)
def test_repeat_after_a_lost_connection_is_refused(name: str) -> None:
    bench = Bench(name)
    bench.drawer.stuck = 1
    bench.up()
    assert bench.kick() == ""
    bench.port.unplug()
    bench.wait(0.2)
    bench.port.plug()
    bench.up()
    bench.wait(8.0)
    assert "what that did is not known; nothing was sent" in bench.kick(attempt=2)
    assert len(bench.drawer.pulses) == 1


@pytest.mark.parametrize("name", TELLING)
def test_repeat_by_another_process_is_refused(name: str) -> None:
    bench = Bench(name)
    bench.drawer.stuck = 1
    bench.up()
    bench.kick()
    bench.restart()
    bench.up()
    bench.wait(8.0)
    assert "nothing was sent" in bench.kick(attempt=2)
    assert len(bench.drawer.pulses) == 1


def test_repeat_without_a_switch_is_refused() -> None:
    bench = silent("safescan-uc100")
    bench.up()
    bench.kick()
    bench.wait(5.0)
    assert "no switch tells" in bench.kick(attempt=2)


def test_first_kick_of_a_process_waits_for_what_another_may_have_done_to_the_coil() -> None:
    bench = silent("safescan-uc100")
    assert bench.driver.connect()
    assert "rest" in bench.kick()
    bench.wait(1.01)
    assert bench.kick() == ""


# --- the port --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOXES)
def test_lost_port_is_told_and_kicks_are_refused_until_it_is_back(name: str) -> None:
    bench = silent(name) if name == "safescan-uc100" else Bench(name)
    bench.up()
    bench.port.unplug()
    bench.wait(1.0)
    assert not bench.driver.connected
    assert "unplugged" in bench.driver.trouble
    assert "unplugged" in bench.kick()
    assert bench.kick().endswith("nothing was sent")
    assert not bench.driver.connect()
    bench.port.plug()
    bench.up()
    assert bench.driver.trouble == ""
    assert bench.kick() == ""
    assert len(bench.drawer.pulses) == 1


@pytest.mark.parametrize("name", TELLING)
def test_drawer_opened_while_the_port_was_lost_is_told_when_it_is_back(name: str) -> None:
    bench = Bench(name)
    bench.up()
    bench.sensed()
    bench.port.unplug()
    bench.wait(1.0)
    bench.drawer.force_open()
    bench.port.plug()
    bench.up()
    assert bench.sensed() == [("d1", True)]


@pytest.mark.parametrize("name", ["glancetron-8005u", "ibm-4840"])
def test_box_that_answers_nothing_is_not_connected(name: str) -> None:
    bench = Bench(name)
    bench.box.deaf = True
    assert not bench.driver.connect()
    assert "does not answer its question" in bench.driver.trouble
    assert "nothing was sent" in bench.kick()


@pytest.mark.parametrize("name", ["glancetron-8005u", "ibm-4840"])
def test_box_that_grows_deaf_is_noticed_within_five_seconds(name: str) -> None:
    bench = Bench(name)
    bench.up()
    bench.box.deaf = True
    bench.wait(5.0)
    assert "does not answer its question any more" in bench.driver.trouble


def test_switch_on_a_line_that_the_port_does_not_have_is_refused_with_advice() -> None:
    bench = Bench("apg-212a", bare=True)
    assert not bench.driver.connect()
    assert 'set sense_open_level = "none"' in bench.driver.trouble


def test_closed_driver_stays_closed() -> None:
    bench = silent("safescan-uc100")
    bench.up()
    bench.driver.close()
    bench.driver.close()
    assert not bench.driver.connect()
    assert not bench.driver.connected
    assert "nothing was sent" in bench.kick()


def test_wake_ends_a_watch() -> None:
    bench = silent("safescan-uc100")
    bench.up()
    bench.driver.wake()
    before = bench.clock.monotonic()
    bench.driver.watch(60.0)
    assert bench.clock.monotonic() == before


def test_kick_that_left_in_part_is_in_doubt_and_the_port_is_opened_anew() -> None:
    bench = Bench("glancetron-8005u")
    bench.up()
    bench.port.cut_after(1, then=bench.port.unplug)
    assert "look whether the drawer is open" in bench.kick()
    assert not bench.driver.connected


def test_full_line_takes_nothing_and_says_so() -> None:
    bench = silent("apg-212a")
    bench.up()
    bench.box.accept = lambda data: 0  # type: ignore[method-assign]  # a device server whose buffer is full
    assert "takes no bytes; nothing was sent" in bench.kick()
    assert bench.driver.connected


# --- noise -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TELLING)
def test_noise_on_the_line_is_no_opening(name: str, seed: int) -> None:
    draw = random.Random(seed)
    bench = Bench(name)
    bench.up()
    bench.sensed()
    for _ in range(50):
        bench.box.noise(draw.randbytes(draw.randrange(1, 6)))
        bench.wait(draw.uniform(0.6, 1.4))
    assert bench.sensed() == []
    assert bench.drawer.pulses == []


@pytest.mark.parametrize(("name", "pulses"), [("safescan-uc100", 3), ("glancetron-8005u", 1), ("apg-484a", 0)])
def test_what_a_modem_manager_asks_opens_some_boxes(name: str, pulses: int) -> None:
    # the danger itself: the driver cannot stop another program, and the opening counts as forced
    bench = silent(name)
    bench.up()
    bench.box.accept(b"AT\r")
    bench.wait(1.0)
    assert len(bench.drawer.pulses) == pulses


def test_bounce_of_an_opening_drawer_is_one_opening() -> None:
    for name in TELLING:
        drawer = SimulatedDrawer(now=100.0, bounces_open=True, closes_after=3.0)
        bench = Bench(name, drawers=[drawer])
        bench.up()
        bench.sensed()
        bench.kick()
        bench.wait(6.0)
        assert bench.sensed() == [("d1", True), ("d1", False)], name


def test_lines_are_looked_at_often_only_while_the_drawer_moves() -> None:
    bench = Bench("apg-212a", drawers=[SimulatedDrawer(now=100.0, closes_after=1.0)])
    bench.up()
    before = bench.port.looks
    bench.wait(10.0)
    assert bench.port.looks - before <= 22
    bench.kick()
    before = bench.port.looks
    bench.wait(1.0)
    assert bench.port.looks - before >= 15


# --- what cannot be --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drawer", "text"),
    [
        (BoxDrawer("d", 3), "no socket 3"),
        (BoxDrawer("d", 1, "none", "cts"), "nothing on a modem line"),
    ],
)
def test_drawer_that_the_box_does_not_have_is_refused(drawer: BoxDrawer, text: str) -> None:
    bench = Bench("ibm-4840")
    with pytest.raises(ValueError, match=text):
        TriggerBox(bench.port, box_of("ibm-4840"), [drawer], bench.events.append)


def test_switch_behind_a_box_that_cannot_tell_is_refused() -> None:
    bench = silent("safescan-uc100")
    with pytest.raises(ValueError, match="cannot tell"):
        TriggerBox(bench.port, bench.row, [BoxDrawer("d", 1, "high")], bench.events.append)


def test_code_belongs_to_boxes_that_have_one_set() -> None:
    with pytest.raises(ValueError, match="give that code"):
        box_of("acode-at10u3")
    with pytest.raises(ValueError, match="leave the code out"):
        box_of("safescan-uc100", CODE)
    with pytest.raises(ValueError, match="known are"):
        box_of("unknown")
    with pytest.raises(ValueError, match="1 to 16 bytes"):
        box_of("apg-212a", bytes(17))


def test_order_for_another_drawer_is_refused() -> None:
    bench = silent("safescan-uc100")
    bench.up()
    answer = bench.driver.kick(Kick("other", 100, 10**9))
    assert isinstance(answer, DrawerKickDropped)
    assert "correct the drawer's name" in answer.reason
