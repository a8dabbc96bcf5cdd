"""Who may sign in: PINs that are not kept, and tries that are."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import pytest

from firmware_bridge.console.pins import STRANGERS, Pins, SlowDown, alone
from firmware_bridge.errors import UserError

RIGHT, WRONG = "271828", "314159"


class Wall:
    """A clock on the wall."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def utc_ms(self) -> int:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def place(tmp_path: Path, wall: Wall) -> Path:
    path = tmp_path / "pins"
    pins = Pins(path, wall.utc_ms)
    pins.set("olena", "technician", RIGHT)
    pins.set("ivan", "cashier", "4826")
    return path


def waits(place: Path, wall: Wall, name: str, tries: int, channel: str = "serial") -> list[int]:
    """Seconds until each of so many wrong tries was taken; the process is another one each time."""
    found = []
    for _ in range(tries):
        begun = wall.now
        while True:
            try:
                assert not Pins(place, wall.utc_ms).check(name, WRONG, channel)
            except SlowDown as error:
                wall.now += error.seconds * 1000
            else:
                break
        found.append((wall.now - begun) // 1000)
    return found


def test_wrong_tries_wait_longer_and_longer_also_after_a_restart(place: Path, wall: Wall) -> None:
    assert waits(place, wall, "olena", 12) == [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300]


def test_the_right_pin_is_not_even_compared_while_one_has_to_wait(place: Path, wall: Wall) -> None:
    waits(place, wall, "olena", 5)
    with pytest.raises(SlowDown):
        Pins(place, wall.utc_ms).check("olena", RIGHT, "serial")
    wall.now += 300_000
    assert Pins(place, wall.utc_ms).check("olena", RIGHT, "serial")
    assert waits(place, wall, "olena", 2) == [0, 0], "who got in begins anew"


def test_one_who_is_guessed_at_keeps_nobody_else_out(place: Path, wall: Wall) -> None:
    waits(place, wall, "olena", 5)
    assert Pins(place, wall.utc_ms).check("ivan", "4826", "serial")


def test_guessing_names_is_slowed_down_and_does_not_fill_the_disk(place: Path, wall: Wall, work: list[int]) -> None:
    size = place.stat().st_size
    longest = max(waits(place, wall, f"nobody-{number}", 1)[0] for number in range(200))
    assert longest == 30, "the whole channel waits, but never for long"
    assert len(work) == 200, "each was compared with something"
    assert place.stat().st_size < size + 64 * STRANGERS


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many times the costly part was done, each once; it costs nothing here."""
    done: list[int] = []

    def cheap(password: bytes, *, salt: bytes, n: int, r: int, p: int) -> bytes:
        done.append(n * r * p)
        return hashlib.blake2b(password + salt).digest()

    monkeypatch.setattr(hashlib, "scrypt", cheap)
    return done


def test_a_name_that_nobody_has_is_slowed_down_and_costs_as_one_that_somebody_has(
    place: Path, wall: Wall, work: list[int]
) -> None:
    known = waits(place, wall, "olena", 8)
    spent = [*work]
    wall.now += 10**8
    work.clear()
    assert waits(place, wall, "nobody", 8) == known
    assert work == spent == [2**13 * 8] * 8


def test_each_channel_counts_for_itself_and_who_gets_in_at_one_clears_no_other(
    place: Path, wall: Wall, work: list[int]
) -> None:
    Pins(place, wall.utc_ms).set("olena", "technician", RIGHT)  # anew, at no cost
    waits(place, wall, "olena", 6, "page")
    assert Pins(place, wall.utc_ms).check("olena", RIGHT, "serial"), "nobody guessed there"
    with pytest.raises(SlowDown) as slowed:
        Pins(place, wall.utc_ms).check("olena", RIGHT, "page")
    assert slowed.value.seconds == 16
    assert waits(place, wall, "olena", 3, "socket") == [0, 0, 1]
    Pins(place, wall.utc_ms).set("olena", "technician", RIGHT)
    assert Pins(place, wall.utc_ms).check("olena", RIGHT, "page"), "a new PIN begins anew everywhere"


def test_guesses_at_two_channels_at_once_are_each_counted(place: Path, wall: Wall, work: list[int]) -> None:
    """Threads that all begin at once: of each channel no more than the free tries are compared."""
    begin, slowed = threading.Barrier(12), []

    def guess(channel: str) -> None:
        begin.wait()
        try:
            Pins(place, wall.utc_ms).check("olena", WRONG, channel)
        except SlowDown:
            slowed.append(channel)

    threads = [threading.Thread(target=guess, args=(channel,)) for channel in ("page", "serial") * 6]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(work) == 4
    assert sorted(slowed) == ["page"] * 4 + ["serial"] * 4


def test_two_processes_never_look_at_a_try_at_once(place: Path, wall: Wall, work: list[int]) -> None:
    taken = threading.Event()

    def try_it() -> None:
        Pins(place, wall.utc_ms).check("olena", WRONG, "page")
        taken.set()

    guess = threading.Thread(target=try_it)
    with alone(place):  # as another process holds it
        guess.start()
        assert not taken.wait(0.1)
        assert work == []
    guess.join()
    assert len(work) == 1


def test_counts_of_an_earlier_release_are_left_behind(place: Path, wall: Wall) -> None:
    known = json.loads(place.read_text("utf-8"))
    del known["salt"]
    known["tries"] = {"olena": {"wrong": 99, "at": wall.now}, "*": {"wrong": 99, "at": wall.now}}
    place.write_text(json.dumps(known), "utf-8")
    assert Pins(place, wall.utc_ms).check("olena", RIGHT, "serial")


def test_a_clock_that_goes_back_makes_nobody_wait_longer(place: Path, wall: Wall) -> None:
    waits(place, wall, "olena", 4)
    wall.now -= 10**10
    with pytest.raises(SlowDown) as slowed:
        Pins(place, wall.utc_ms).check("olena", WRONG, "serial")
    assert slowed.value.seconds <= 4


@pytest.mark.parametrize("pin", ["12345", "123456", "111111", "121212", "abcdef", "", "1234567890123", "٣١٤١٥٩"])
def test_a_pin_that_is_tried_first_is_refused(place: Path, wall: Wall, pin: str) -> None:
    before = place.read_bytes()
    with pytest.raises(UserError):
        Pins(place, wall.utc_ms).set("olena", "technician", pin)
    assert place.read_bytes() == before


def test_no_pin_stands_in_the_file_and_nobody_else_reads_it(place: Path) -> None:
    assert RIGHT not in place.read_text("utf-8")
    assert place.stat().st_mode & 0o777 == 0o600


def test_a_damaged_file_lets_nobody_in(place: Path, wall: Wall) -> None:
    place.write_text("{", "utf-8")
    with pytest.raises(UserError, match="nobody can sign in"):
        Pins(place, wall.utc_ms).check("olena", RIGHT, "serial")
