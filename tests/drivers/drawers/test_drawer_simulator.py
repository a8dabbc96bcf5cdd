"""The simulated drawer: latch, switch, coil and person."""

from __future__ import annotations

import pytest

from drivers.drawers.simulator import SimulatedDrawer


def levels(drawer: SimulatedDrawer, until: float) -> list[tuple[float, bool]]:
    """Every change of the sense line up to `until`."""
    seen = [(0.0, drawer.level)]
    while (due := drawer.next_change()) is not None and due <= until:
        drawer.run_until(due)
        if drawer.level != seen[-1][1]:
            seen.append((round(due, 3), drawer.level))
    drawer.run_until(until)
    return seen


@pytest.mark.parametrize(("open_level", "high"), [("high", True), ("low", False)])
def test_pulse_opens_after_the_latch_delay_in_either_polarity(open_level: str, high: bool) -> None:
    drawer = SimulatedDrawer(open_level=open_level, latch_delay=0.2)  # type: ignore[arg-type]  # parametrised literal
    drawer.pulse(1.0, 0.1)
    drawer.run_until(1.19)
    assert (drawer.is_open, drawer.level) == (False, not high)
    drawer.run_until(1.2)
    assert (drawer.is_open, drawer.level) == (True, high)
    assert [(p.at, p.seconds, p.result) for p in drawer.pulses] == [(1.0, 0.1, "opens")]


def test_short_pulse_does_not_open() -> None:
    drawer = SimulatedDrawer()
    drawer.pulse(0.0, 0.015)
    drawer.run_until(5)
    assert not drawer.is_open
    assert drawer.pulses[0].result == "too_short"


def test_unwired_switch_reads_high_whatever_the_drawer_does() -> None:
    drawer = SimulatedDrawer(wired=False)
    drawer.pulse(0.0, 0.1)
    assert levels(drawer, 5) == [(0.0, True)]
    assert drawer.is_open


def test_stuck_latch_opens_at_the_pulse_after() -> None:
    drawer = SimulatedDrawer(stuck=2)
    for second in range(3):
        drawer.pulse(float(second), 0.1)
        drawer.run_until(second + 0.5)
    assert [pulse.result for pulse in drawer.pulses] == ["stuck", "stuck", "opens"]


def test_locked_drawer_and_wrong_voltage_never_open() -> None:
    locked, weak = SimulatedDrawer(), SimulatedDrawer(wrong_voltage=True)
    locked.lock()
    for drawer in (locked, weak):
        drawer.pulse(0.0, 0.2)
        drawer.run_until(5)
        assert not drawer.is_open
    locked.unlock()
    locked.pulse(6.0, 0.2)
    locked.run_until(7)
    assert locked.is_open


def test_person_closes_it_and_the_contact_bounces() -> None:
    drawer = SimulatedDrawer(closes_after=1.0)
    drawer.pulse(0.0, 0.1)
    assert levels(drawer, 5) == [
        (0.0, False),
        (0.1, True),
        (1.1, False),
        (1.12, True),
        (1.15, False),
        (1.17, True),
        (1.19, False),
    ]
    assert not drawer.is_open


def test_pushing_shut_without_bounce_is_one_change() -> None:
    drawer = SimulatedDrawer(bounces=False)
    drawer.force_open()
    drawer.push_shut()
    assert (drawer.is_open, drawer.level, drawer.next_change()) == (False, False, None)


def test_opening_during_the_bounce_stays_open() -> None:
    drawer = SimulatedDrawer()
    drawer.force_open()
    drawer.push_shut()
    drawer.force_open()
    drawer.run_until(5)
    assert drawer.level


def test_duty_that_the_makers_permit_never_burns_the_coil_and_holding_it_does() -> None:
    drawer = SimulatedDrawer(closes_after=0.3)
    for second in range(600):
        drawer.pulse(float(second), 0.2)
    assert not drawer.burnt
    held = SimulatedDrawer()
    held.energise(0.0)
    held.release(4.0)
    assert held.burnt
    held.push_shut()
    held.pulse(10.0, 0.1)
    assert held.pulses[-1].result == "burnt"


def test_pulse_into_an_open_drawer_is_recorded_as_that() -> None:
    drawer = SimulatedDrawer()
    drawer.force_open()
    drawer.pulse(1.0, 0.1)
    assert drawer.pulses[0].result == "already_open"


def test_held_coil_opens_after_the_latch_delay_and_burns_after_three_seconds() -> None:
    drawer = SimulatedDrawer(latch_delay=0.2, min_pulse=0.05)
    drawer.energise(1.0)
    drawer.run_until(1.21)
    assert (drawer.is_open, drawer.burnt) == (True, False)
    drawer.run_until(4.01)
    assert drawer.burnt
    drawer.release(5.0)
    assert [(pulse.at, pulse.seconds, pulse.result) for pulse in drawer.pulses] == [(1.0, 4.0, "opens")]


def test_line_that_goes_off_too_early_opens_nothing() -> None:
    drawer = SimulatedDrawer(min_pulse=0.05)
    drawer.energise(0.0)
    drawer.release(0.04)
    drawer.run_until(1.0)
    assert (drawer.is_open, drawer.pulses[0].result) == (False, "too_short")


def test_coil_warms_by_what_it_is_given_and_cools_with_time() -> None:
    drawer = SimulatedDrawer()
    drawer.pulse(0.0, 0.3)
    warm = drawer.temperature
    drawer.run_until(1.0)
    assert warm == pytest.approx(0.1)
    assert drawer.temperature == pytest.approx(0.1 / 3)
    drawer.run_until(10.0)
    assert drawer.temperature == 0.0
    assert drawer.hottest == pytest.approx(0.1)


def test_pulses_without_rest_burn_the_coil() -> None:
    drawer = SimulatedDrawer()
    for number in range(20):
        drawer.pulse(number * 0.2, 0.2)
    assert drawer.burnt
    assert drawer.hottest > 1.0


def test_latch_sticks_by_chance_and_the_seed_replays_it() -> None:
    def results(seed: int) -> list[str]:
        drawer = SimulatedDrawer(stuck_probability=0.5, seed=seed, closes_after=0.2)
        for second in range(40):
            drawer.pulse(float(second), 0.1)
            drawer.run_until(second + 0.9)
        return [pulse.result for pulse in drawer.pulses]

    assert results(1) == results(1) != results(2)
    assert 5 < results(1).count("stuck") < 35


def test_contact_bounces_when_it_springs_open() -> None:
    drawer = SimulatedDrawer(bounces_open=True)
    drawer.pulse(0.0, 0.1)
    assert levels(drawer, 1.0) == [
        (0.0, False),
        (0.1, True),
        (0.108, False),
        (0.115, True),
        (0.121, False),
        (0.13, True),
    ]


def test_drawer_on_too_low_a_voltage_says_so_in_its_pulses() -> None:
    drawer = SimulatedDrawer(wrong_voltage=True)
    drawer.pulse(0.0, 0.2)
    assert drawer.pulses[0].result == "weak"
