"""Who may sign in: PINs that are not kept, and tries that are."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge.console.pins import Pins, SlowDown
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


def waits(place: Path, wall: Wall, name: str, tries: int) -> list[int]:
    """Seconds until each of so many wrong tries was taken; the process is another one each time."""
    found = []
    for _ in range(tries):
        begun = wall.now
        while True:
            try:
                assert not Pins(place, wall.utc_ms).check(name, WRONG)
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
        Pins(place, wall.utc_ms).check("olena", RIGHT)
    wall.now += 300_000
    assert Pins(place, wall.utc_ms).check("olena", RIGHT)
    assert waits(place, wall, "olena", 2) == [0, 0], "who got in begins anew"


def test_one_who_is_guessed_at_keeps_nobody_else_out(place: Path, wall: Wall) -> None:
    waits(place, wall, "olena", 5)
    assert Pins(place, wall.utc_ms).check("ivan", "4826")


def test_guessing_names_is_slowed_down_and_does_not_fill_the_disk(place: Path, wall: Wall) -> None:
    size = place.stat().st_size
    longest = max(waits(place, wall, f"nobody-{number}", 1)[0] for number in range(18))
    assert longest == 30, "the whole console waits, but never for long"
    assert place.stat().st_size < size + 200


def test_a_clock_that_goes_back_makes_nobody_wait_longer(place: Path, wall: Wall) -> None:
    waits(place, wall, "olena", 4)
    wall.now -= 10**10
    with pytest.raises(SlowDown) as slowed:
        Pins(place, wall.utc_ms).check("olena", WRONG)
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
        Pins(place, wall.utc_ms).check("olena", RIGHT)
