"""The rules of SEQ, repetition and patience, read off the wire of a device that does exactly what a test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from drivers.errors import NotSent, Unanswered
from drivers.framing.datecs import CLASSIC, Envelope, Request, RequestReader, X
from drivers.ports.base import PortLost
from drivers.ports.memory import MemoryPort, VirtualClock
from drivers.printers.datecs.dialogue import Dialogue
from drivers.printers.datecs.dialogue_way import Stopped
from drivers.printers.datecs.settings import Times

STATUS, ITEM = 0x4A, 0x31
HEALTHY = {"classic": b"\x80\x80\x80\x80\x86\x9a", "X": b"\x80\x80\x80\x80\x86\x9a\x80\x80"}


@dataclass
class Script:
    """A device: `answers` are what it does with one order after the other, then it answers as it should.

    Each answer gets the order and gives (seconds later, bytes) to send; nothing for silence.
    """

    envelope: Envelope
    answers: list[Callable[[Request], list[tuple[float, bytes]]]] = field(default_factory=list)
    heard: list[Request] = field(default_factory=list)
    now: float = 0.0

    def __post_init__(self) -> None:
        self._reader = RequestReader(self.envelope)
        self._out: list[tuple[float, bytes]] = []

    def good(self, order: Request, data: bytes = b"ok", seq: int | None = None) -> bytes:
        number = order.seq if seq is None else seq
        return self.envelope.reply(number, order.command, data, HEALTHY[self.envelope.name])

    def accept(self, data: bytes) -> int:
        for order in self._reader.feed(data):
            if not isinstance(order, Request):  # half a frame, and then another one
                continue
            self.heard.append(order)
            does = self.answers.pop(0) if self.answers else lambda order: [(0.01, self.good(order))]
            self._out += [(self.now + later, out) for later, out in does(order)]
        return len(data)

    def output(self) -> bytes:
        due = [out for at, out in self._out if at <= self.now]
        self._out = [(at, out) for at, out in self._out if at > self.now]
        return b"".join(due)

    def run_until(self, now: float) -> None:
        self.now = max(self.now, now)

    def next_change(self) -> float | None:
        return min((at for at, _ in self._out), default=None)


@dataclass
class Wire:
    """A dialogue in step with a script."""

    envelope: Envelope = CLASSIC
    first_seq: int = 0x20

    def __post_init__(self) -> None:
        self.clock = VirtualClock()
        self.device = Script(self.envelope)
        self.port = MemoryPort(self.device, self.clock)
        self.plugged_at = 0.0
        self.dialogue = Dialogue(self.port, self.envelope, Times(), wait=self._wait, first_seq=self.first_seq)

    def _wait(self, seconds: float) -> None:
        """Time without a port; somebody plugs the cable in again."""
        self.clock.advance(seconds)
        if self.clock.monotonic() >= self.plugged_at:
            self.port.plug()

    def in_step(self) -> Dialogue:
        self.dialogue.open()
        self.dialogue.greet()
        self.device.heard.clear()
        return self.dialogue

    @property
    def numbers(self) -> list[int]:
        """SEQ of everything that was heard."""
        return [order.seq for order in self.device.heard]


def silent(_: Request) -> list[tuple[float, bytes]]:
    return []


def nak(_: Request) -> list[tuple[float, bytes]]:
    return [(0.01, b"\x15")]


@pytest.mark.parametrize("envelope", [CLASSIC, X], ids=["classic", "X"])
def test_every_command_has_a_number_of_its_own(envelope: Envelope) -> None:
    wire = Wire(envelope)
    dialogue = wire.in_step()
    for _ in range(200):
        dialogue.exchange(ITEM, b"a")
    assert all(one != other for one, other in zip(wire.numbers, wire.numbers[1:], strict=False))
    assert {0x20 <= number <= 0x7F for number in wire.numbers} == {True}


@pytest.mark.parametrize("envelope", [CLASSIC, X], ids=["classic", "X"])
@pytest.mark.parametrize("trouble", [silent, nak])
def test_silence_and_nak_are_met_with_the_very_same_frame(envelope: Envelope, trouble: Callable[..., object]) -> None:
    wire = Wire(envelope)
    dialogue = wire.in_step()
    wire.device.answers = [trouble, trouble]  # type: ignore[list-item]  # two ways of not answering
    assert dialogue.exchange(ITEM, b"bread").data == b"ok"
    first, second, third = wire.device.heard
    assert first == second == third
    dialogue.exchange(ITEM, b"next")
    assert wire.device.heard[3].seq != first.seq


def test_the_device_gets_half_a_second_for_its_first_byte() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    begun = wire.clock.monotonic()
    wire.device.answers = [silent, lambda order: [(0.49, wire.device.good(order))]]
    dialogue.exchange(ITEM)
    assert len(wire.device.heard) == 2
    assert wire.clock.monotonic() - begun == pytest.approx(0.99, abs=0.01)


def test_a_broken_answer_is_asked_for_again_with_the_same_number() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    wire.device.answers = [lambda order: [(0.01, wire.device.good(order)[:-2] + b"0\x03")]]
    assert dialogue.exchange(ITEM).data == b"ok"
    assert len(set(wire.numbers)) == 1


def test_an_answer_that_stops_in_the_middle_is_broken_after_300_ms() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    begun = wire.clock.monotonic()
    wire.device.answers = [lambda order: [(0.01, wire.device.good(order)[:7])]]
    dialogue.exchange(ITEM)
    assert wire.clock.monotonic() - begun == pytest.approx(0.32, abs=0.02)


def test_a_device_at_work_is_waited_for_as_long_as_it_says_syn() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    syns = [(0.06 * count, b"\x16") for count in range(1, 100)]
    wire.device.answers = [lambda order: [*syns, (6.2, wire.device.good(order))]]
    assert dialogue.exchange(ITEM).data == b"ok"
    assert len(wire.device.heard) == 1


def test_a_gap_of_almost_three_seconds_between_two_syn_is_waited_out() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    wire.device.answers = [lambda order: [(0.05, b"\x16"), (2.9, b"\x16"), (5.8, wire.device.good(order))]]
    assert dialogue.exchange(ITEM).data == b"ok"
    assert len(wire.device.heard) == 1


def test_silence_after_a_syn_is_met_with_the_same_frame_after_three_seconds() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    wire.device.answers = [lambda _: [(0.05, b"\x16")]]
    dialogue.exchange(0x38)
    assert len(wire.device.heard) == 2
    assert len(set(wire.numbers)) == 1


def test_a_frame_is_not_repeated_for_longer_than_a_device_needs_to_start() -> None:
    """It may have lost its power and forgotten its last number."""
    wire = Wire()
    dialogue = wire.in_step()
    begun = wire.clock.monotonic()
    wire.device.answers = [silent] * 50
    with pytest.raises(Unanswered):
        dialogue.exchange(ITEM, replay=Times().replay_once)
    assert wire.clock.monotonic() - begun <= 2.0
    assert len(wire.device.heard) == 4


def test_a_command_has_a_budget_however_busy_the_device_says_it_is() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    begun = wire.clock.monotonic()
    wire.device.answers = [lambda _: [(0.06 * count, b"\x16") for count in range(1, 2000)]]
    with pytest.raises(Unanswered):
        dialogue.exchange(ITEM, budget=10.0)
    assert wire.clock.monotonic() - begun == pytest.approx(10.0, abs=0.1)


def test_nothing_but_nak_means_that_nothing_was_done() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    wire.device.answers = [nak] * 50
    with pytest.raises(NotSent, match="dialect"):
        dialogue.exchange(ITEM)
    assert len(wire.device.heard) == 7


def test_a_nak_between_two_silences_may_hide_that_it_was_done() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    wire.device.answers = [silent, nak, *[silent] * 50]
    with pytest.raises(Unanswered):
        dialogue.exchange(ITEM)


def test_nak_through_a_port_that_was_away_may_hide_that_it_was_done() -> None:
    """The frame was taken, the cable bumped before the answer; after that the line is so bad that nothing is read."""
    wire = Wire()
    dialogue = wire.in_step()
    wire.device.answers = [silent, *[nak] * 50]
    wire.port.cut_after(len(CLASSIC.request(0x20, ITEM, b"bread")), then=wire.port.unplug)
    with pytest.raises(Unanswered):
        dialogue.exchange(ITEM, b"bread")


def test_nak_after_a_sign_of_work_may_hide_that_it_was_done() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    wire.device.answers = [lambda _: [(0.01, b"\x16"), (0.07, b"\x15")], *[nak] * 50]
    with pytest.raises(Unanswered):
        dialogue.exchange(ITEM)


def test_a_nak_to_noise_before_the_frame_does_not_hide_the_answer_to_it() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    wire.device.answers = [lambda order: [(0.005, b"\x15"), (0.04, wire.device.good(order))]]
    assert dialogue.exchange(ITEM, b"bread").data == b"ok"
    assert len(wire.device.heard) == 1


def test_after_an_unanswered_command_nothing_is_sent_before_the_device_was_greeted() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    wire.device.answers = [silent] * 10
    with pytest.raises(Unanswered):
        dialogue.exchange(ITEM)
    wire.device.answers.clear()
    wire.device.heard.clear()
    with pytest.raises(NotSent):
        dialogue.exchange(ITEM)
    assert wire.device.heard == []
    dialogue.greet()
    assert dialogue.exchange(ITEM).data == b"ok"


def test_late_answers_to_earlier_commands_are_passed_over() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    wire.device.answers = [
        lambda order: [
            (0.01, wire.device.good(order, b"old", seq=order.seq - 1)),
            (0.02, wire.device.good(order, b"older", seq=0x7E)),
            (0.03, wire.device.good(order, b"new")),
        ]
    ]
    assert dialogue.exchange(ITEM).data == b"new"


def test_an_answer_to_another_command_under_our_number_is_not_taken_for_ours() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    other = [lambda order: [(0.01, wire.device.good(Request(order.seq, STATUS, b""), b"status"))]]
    wire.device.answers = other * 10
    with pytest.raises(Unanswered, match="old answer"):
        dialogue.exchange(ITEM)


def test_noise_is_no_answer_and_no_sign_of_life() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    noise = [(0.1 * count, b"\x00\xff\x7f") for count in range(1, 200)]
    wire.device.answers = [lambda _: noise, *[silent] * 20]
    with pytest.raises(Unanswered, match="speed"):
        dialogue.exchange(ITEM)


@pytest.mark.parametrize("envelope", [CLASSIC, X], ids=["classic", "X"])
def test_a_cable_that_was_bumped_gets_the_same_frame_first(envelope: Envelope) -> None:
    length = len(envelope.request(0x20, ITEM, b"bread"))
    for byte in range(1, length + 1):
        wire = Wire(envelope)
        dialogue = wire.in_step()
        wire.plugged_at = wire.clock.monotonic() + 0.5
        wire.port.cut_after(byte, then=wire.port.unplug)
        assert dialogue.exchange(ITEM, b"bread").data == b"ok"
        assert len(set(wire.numbers)) == 1
        assert len(wire.device.heard) == (2 if byte == length else 1)


def test_a_port_that_stays_away_leaves_doubt_if_a_byte_had_left() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    wire.plugged_at = float("inf")
    wire.port.cut_after(3, then=wire.port.unplug)
    with pytest.raises(Unanswered, match="unplugged"):
        dialogue.exchange(ITEM)


def test_a_port_that_is_gone_before_the_first_byte_leaves_no_doubt() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    wire.port.unplug()
    with pytest.raises(PortLost):
        dialogue.exchange(ITEM)


def test_stopping_ends_a_wait_and_opening_again_begins_anew() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    wire.device.answers = [lambda _: dialogue.stop() or []]  # type: ignore[func-returns-value]  # it says nothing
    with pytest.raises(Stopped):
        dialogue.exchange(ITEM)
    assert dialogue.stopped
    assert wire.in_step().exchange(ITEM).data == b"ok"


def test_values_that_do_not_fit_a_frame_are_refused_before_a_byte_leaves() -> None:
    wire = Wire()
    dialogue = wire.in_step()
    with pytest.raises(ValueError, match="214"):
        dialogue.exchange(ITEM, b"x" * 214)
    assert wire.device.heard == []


# --- the first words to a device that knows another till ------------------------------------------------------------


@dataclass
class Remembers:
    """A device that takes an order with the last one's number for a repetition, to the letter of the manual."""

    script: Script
    last: tuple[int, bytes] | None = None
    executed: list[Request] = field(default_factory=list)

    def __call__(self, order: Request) -> list[tuple[float, bytes]]:
        if self.last is not None and self.last[0] == order.seq:
            return [(0.01, self.last[1])]
        self.executed.append(order)
        self.last = (order.seq, self.script.good(order, b"fresh %d" % len(self.executed)))
        return [(0.01, self.last[1])]


@pytest.mark.parametrize("envelope", [CLASSIC, X], ids=["classic", "X"])
@pytest.mark.parametrize("command", [ITEM, STATUS, 0x46])
def test_whatever_number_a_former_till_used_last_the_first_order_is_carried_out(
    envelope: Envelope, command: int
) -> None:
    for former in range(0x20, 0x80):
        wire = Wire(envelope, first_seq=0x4F)
        memory = Remembers(wire.device)
        memory(Request(former, command, b"of a former life"))
        wire.device.answers = [memory] * 20
        wire.dialogue.open()
        told = wire.dialogue.greet()
        assert len(memory.executed) > 1, "the status is a former till's"
        assert told.data == b"fresh %d" % len(memory.executed)
        done = len(memory.executed)
        answer = wire.dialogue.exchange(0x46, b"5.00")
        assert memory.executed[done:] == [Request(wire.numbers[-1], 0x46, b"5.00")]
        assert answer.data == b"fresh %d" % len(memory.executed)


def test_without_the_greeting_a_former_till_s_answer_would_be_taken_for_ours() -> None:
    """The control: this is what the device does to whoever does not know the rule."""
    wire = Wire()
    memory = Remembers(wire.device)
    memory(Request(0x33, 0x46, b"5.00"))
    old = memory.last
    assert memory(Request(0x33, 0x46, b"7.00")) == [(0.01, old[1] if old else b"")]
    assert [order.data for order in memory.executed] == [b"5.00"]


def test_an_answer_of_a_former_life_that_comes_late_is_not_taken_for_the_first_status() -> None:
    wire = Wire(first_seq=0x30)
    stale = Request(0x31, 0x45, b"0")
    wire.device.answers = [lambda order: [(0.01, wire.device.good(stale, b"Z")), (0.02, wire.device.good(order))]]
    wire.dialogue.open()
    wire.dialogue.greet()
    assert wire.dialogue.exchange(ITEM).data == b"ok"


def test_a_device_that_still_works_for_a_former_till_is_waited_for() -> None:
    wire = Wire()
    syns = [(0.06 * count, b"\x16") for count in range(1, 300)]
    wire.device.answers = [lambda order: [*syns, (18.5, wire.device.good(order))]]
    wire.dialogue.open()
    wire.dialogue.greet()
    assert wire.clock.monotonic() > 18
