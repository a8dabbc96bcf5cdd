"""The drawer: confirmed by its switch, tried again within what its coil bears, forced and left open told apart."""

from __future__ import annotations

from drivers.drawers.base import DutyGuard
from statemachines.drawer import DrawerSettings, why_not
from statemachines.rules import Consequences
from statemachines.vocabulary.commands import OpenDrawer
from statemachines.vocabulary.effects import Kick
from statemachines.vocabulary.events import (
    DrawerCause,
    DrawerClosed,
    DrawerForced,
    DrawerKickDropped,
    DrawerKicked,
    DrawerLeftOpen,
    DrawerOpened,
    DrawerOpenFailed,
    DrawerReady,
    DrawerSensed,
    DrawerSilent,
    PrinterSilent,
    TillStarted,
)
from tests.support.rules import CASHIER, DAY, DRAWER, Bench, every, names, only, opened, replayed, shop, shut

CAUSE = DrawerCause("no_sale", "o-1")
KICKED = DrawerKicked(DRAWER, 1)
NO_SWITCH = shop(drawers={DRAWER: DrawerSettings(sensed=False)})


def a_shut_drawer() -> Bench:
    bench = Bench()
    bench.run(shut())
    assert bench.drawer_state() == "closed"
    return bench


def order(bench: Bench, name: str = "o-1") -> Consequences:
    return bench.do(OpenDrawer(name, CASHIER, DRAWER, "change"))


def test_an_order_is_one_pulse_with_a_time_to_live() -> None:
    bench = a_shut_drawer()
    assert order(bench).effects == [Kick(DRAWER, 100, bench.mono + 4000)]
    assert bench.drawer_state() == "opening"


def test_the_switch_confirms_the_opening() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(KICKED)
    assert only(bench.run(opened()).events, DrawerOpened) == DrawerOpened(DRAWER, CAUSE, "sensed", DAY)
    assert bench.drawer_state() == "open"


def test_the_switch_may_speak_before_the_lane() -> None:
    bench = a_shut_drawer()
    order(bench)
    assert names(bench.run(opened())) == ["DrawerOpened"]
    assert bench.run(KICKED).effects == []
    assert bench.drawer_state() == "open"


def test_the_closing_says_how_long_it_was_open_and_why() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(opened())
    bench.later(4321)
    assert only(bench.run(shut()).events, DrawerClosed) == DrawerClosed(DRAWER, CAUSE, 4321, DAY)
    assert bench.drawer_state() == "closed"


def stay_shut(bench: Bench) -> list[tuple[int, Kick]]:
    """Nothing opens: every pulse that is ordered leaves at once; when, and which."""
    pulses = []
    ordered = order(bench)
    for _ in range(200):
        for kick in every(ordered.effects, Kick):
            pulses.append((bench.mono, kick))
            bench.run(DrawerKicked(DRAWER, kick.attempt))
        ordered = bench.later(50)
    return pulses


def test_a_drawer_that_stays_shut_is_tried_again_with_longer_pulses_and_then_given_up() -> None:
    bench = a_shut_drawer()
    assert [(kick.pulse_ms, kick.attempt) for _, kick in stay_shut(bench)] == [(100, 1), (150, 2), (200, 3)]
    assert bench.drawer_state() == "failed"
    failed = every(bench.records, DrawerOpenFailed)
    assert [(event.cause, event.attempts) for event in failed] == [(CAUSE, 3)]
    assert "check lock, cable" in failed[0].reason


def test_every_pulse_keeps_to_what_the_coil_bears() -> None:
    for bench in (a_shut_drawer(), Bench(shop(drawers={DRAWER: DrawerSettings(pulse_ms=180)}))):
        guard = DutyGuard()
        pulses = stay_shut(bench)
        assert len(pulses) == 3
        for mono, kick in pulses:
            for length in (kick.pulse_ms, -(-kick.pulse_ms // 100) * 100):  # ESC p, DLE DC4
                assert guard.refusal(length, mono / 1000) == ""
            guard.fired(length, mono / 1000)


def test_a_pulse_that_is_dropped_is_a_failure_and_not_repeated() -> None:
    bench = a_shut_drawer()
    order(bench)
    done = bench.run(DrawerKickDropped(DRAWER, "the order is too old"))
    assert only(done.events, DrawerOpenFailed) == DrawerOpenFailed(DRAWER, CAUSE, 1, "the order is too old")
    assert every(bench.later(60_000).effects, Kick) == []


def test_a_pulse_that_never_left_is_a_failure_in_the_end() -> None:
    bench = a_shut_drawer()
    order(bench)
    done = bench.later(6_000)
    assert only(done.events, DrawerOpenFailed).reason == "the pulse was not sent in time"
    assert done.effects == []


def test_a_second_order_while_a_pulse_acts_gets_no_second_pulse() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(KICKED)
    assert order(bench, "o-2").effects == []
    done = bench.run(opened())
    assert only(done.events, DrawerOpened).cause == DrawerCause("no_sale", "o-2")


def test_a_second_order_before_the_pulse_has_left_is_a_pulse_of_its_own() -> None:
    bench = a_shut_drawer()
    order(bench)
    assert len(every(order(bench, "o-2").effects, Kick)) == 1


def test_a_pulse_dropped_after_another_one_has_left_is_no_failure() -> None:
    bench = a_shut_drawer()
    order(bench)
    order(bench, "o-2")
    bench.run(KICKED)
    assert names(bench.run(DrawerKickDropped(DRAWER, "the coil must rest"))) == ["DrawerKickDropped"]
    assert names(bench.run(opened())) == ["DrawerOpened"]


def test_a_latch_that_gives_way_after_we_gave_up_is_still_our_opening() -> None:
    bench = a_shut_drawer()
    stay_shut_until_failed(bench)
    assert only(bench.run(opened()).events, DrawerOpened).cause == CAUSE


def test_an_opening_long_after_we_gave_up_is_forced() -> None:
    bench = a_shut_drawer()
    stay_shut_until_failed(bench)
    bench.later(10_000)
    assert names(bench.run(opened())) == ["DrawerForced"]


def test_an_opening_after_a_pulse_that_never_left_is_forced() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(DrawerKickDropped(DRAWER, "the order is too old"))
    assert names(bench.run(opened())) == ["DrawerForced"]


def stay_shut_until_failed(bench: Bench) -> None:
    ordered = order(bench)
    while bench.drawer_state() != "failed":
        for kick in every(ordered.effects, Kick):
            bench.run(DrawerKicked(DRAWER, kick.attempt))
        ordered = bench.later(50)


def test_a_drawer_found_shut_after_a_failure_is_shut() -> None:
    bench = a_shut_drawer()
    stay_shut_until_failed(bench)
    bench.run(shut())
    assert bench.drawer_state() == "closed"


def test_an_opening_that_nobody_ordered_is_forced_and_its_closing_is_nobodys() -> None:
    bench = a_shut_drawer()
    done = bench.run(opened())
    assert only(done.events, DrawerForced) == DrawerForced(DRAWER)
    assert DrawerForced.DURABLE
    bench.later(2_000)
    assert only(bench.run(shut()).events, DrawerClosed) == DrawerClosed(DRAWER, DrawerCause("none"), 2_000, DAY)


def test_a_drawer_left_open_is_told_once() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(opened())
    assert every(bench.later(59_999).events, DrawerLeftOpen) == []
    assert every(bench.later(600_000).events, DrawerLeftOpen) == [DrawerLeftOpen(DRAWER, 60_000)]
    assert bench.drawer_state() == "left_open"
    bench.run(shut())
    assert bench.drawer_state() == "closed"


def test_an_open_drawer_gets_no_pulse_and_its_closing_belongs_to_the_new_order() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(opened())
    done = order(bench, "o-2")
    assert done.effects == []
    assert only(done.events, DrawerOpened).cause == DrawerCause("no_sale", "o-2")
    assert only(bench.run(shut()).events, DrawerClosed).cause == DrawerCause("no_sale", "o-2")


def test_a_forced_drawer_gets_no_pulse_either() -> None:
    bench = a_shut_drawer()
    bench.run(opened())
    assert order(bench).effects == []
    assert bench.drawer_state() == "open"


def test_a_drawer_found_open_at_the_start_is_open_without_a_cause() -> None:
    bench = Bench()
    assert only(bench.run(opened()).events, DrawerOpened) == DrawerOpened(DRAWER, DrawerCause("none"), "sensed", DAY)


def test_a_drawer_without_switch_is_taken_for_open_for_a_while() -> None:
    bench = Bench(NO_SWITCH)
    order(bench)
    assert only(bench.run(KICKED).events, DrawerOpened) == DrawerOpened(DRAWER, CAUSE, "assumed", DAY)
    assert bench.later(4_999).events == []
    assert only(bench.later(1).events, DrawerClosed) == DrawerClosed(DRAWER, CAUSE, 5_000, DAY)
    assert bench.drawer_state() == "closed"


def test_a_drawer_without_switch_is_pulsed_even_when_it_is_taken_for_open() -> None:
    """Somebody may have shut it meanwhile: nobody sees that."""
    bench = Bench(NO_SWITCH)
    order(bench)
    bench.run(KICKED)
    bench.later(2_000)
    assert len(every(order(bench, "o-2").effects, Kick)) == 1
    done = bench.run(KICKED)
    assert only(done.events, DrawerOpened) == DrawerOpened(DRAWER, DrawerCause("no_sale", "o-2"), "assumed", DAY)
    assert bench.later(4_999).events == []
    assert only(bench.later(1).events, DrawerClosed).open_ms == 5_000


def test_what_is_said_of_a_drawer_that_is_not_configured_is_ignored() -> None:
    bench = Bench()
    assert bench.run(DrawerSensed("attic", open=True)).events == []


def test_a_drawer_whose_switch_is_lost_from_sight_is_not_pulsed_again() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(KICKED)
    assert only(bench.run(PrinterSilent("unplugged")).events, DrawerOpenFailed).attempts == 1
    bench.later(10_000)
    assert bench.drawer_state() == "failed"


def test_a_drawer_that_was_open_when_its_printer_was_lost_is_still_open() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(opened())
    assert names(bench.run(PrinterSilent("unplugged"))) == ["PrinterSilent"]
    assert bench.drawer_state() == "open"


def test_a_drawer_whose_own_port_is_lost_while_it_opens_is_not_pulsed_again() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(KICKED)
    failed = only(bench.run(DrawerSilent(DRAWER, "it was pulled out")).events, DrawerOpenFailed)
    assert (failed.attempts, "look at the drawer" in failed.reason) == (1, True)
    assert [done for ms in (900, 5000) for done in every(bench.later(ms).effects, Kick)] == []
    assert bench.drawer_state() == "failed"


def test_a_pulse_that_had_not_left_when_the_port_was_lost_is_told_by_its_own_outcome() -> None:
    bench = a_shut_drawer()
    order(bench)
    assert names(bench.run(DrawerSilent(DRAWER, "it was pulled out"))) == ["DrawerSilent"]
    assert bench.drawer_state() == "opening"
    dropped = bench.run(DrawerKickDropped(DRAWER, "the drawer is not connected; nothing was sent"))
    assert "nothing was sent" in only(dropped.events, DrawerOpenFailed).reason


def test_a_drawer_without_a_switch_has_opened_for_all_that_is_known_when_its_port_is_lost() -> None:
    bench = Bench(NO_SWITCH)
    order(bench)
    assert only(bench.run(KICKED).events, DrawerOpened).confirmed == "assumed"
    assert names(bench.run(DrawerSilent(DRAWER, "it was pulled out"))) == ["DrawerSilent"]
    assert bench.drawer_state() == "open"


def test_an_open_drawer_that_cannot_be_seen_is_only_assumed_to_be_open_still() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(opened())
    bench.run(DrawerSilent(DRAWER, "it was pulled out"))
    again = order(bench, "o-2")
    assert only(again.events, DrawerOpened).confirmed == "assumed"
    assert again.effects == []


def test_what_was_seen_stands_until_a_lost_drawer_is_seen_again() -> None:
    bench = a_shut_drawer()
    order(bench)
    bench.run(opened())
    bench.run(DrawerSilent(DRAWER, "it was pulled out"))
    assert bench.drawer_state() == "open"
    bench.run(DrawerReady(DRAWER))
    assert names(bench.run(shut())) == ["DrawerClosed"]


def test_a_drawer_that_was_shut_and_is_found_open_after_its_port_was_lost_was_forced() -> None:
    bench = a_shut_drawer()
    bench.run(DrawerSilent(DRAWER, "it was pulled out"))
    bench.run(DrawerReady(DRAWER))
    assert names(bench.run(opened())) == ["DrawerForced"]


def test_a_lost_drawer_says_so_in_a_sentence_until_it_is_back_or_the_till_starts_anew() -> None:
    bench = a_shut_drawer()
    drawer = bench.rules.state.drawers[DRAWER]
    for over in (DrawerReady(DRAWER), TillStarted("till", "boot", "1")):
        assert why_not(drawer) == ""
        bench.run(DrawerSilent(DRAWER, "the cable is out"))
        assert (
            why_not(drawer) == f"Drawer {DRAWER} is not connected: the cable is out. It opens with its key meanwhile."
        )
        bench.run(over)
    assert why_not(drawer) == ""
    assert replayed(bench.records, shop()).state == bench.rules.state
