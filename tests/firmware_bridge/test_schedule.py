"""When a till without a cashier opens and closes: local time, daylight saving, and what was missed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from firmware_bridge.schedule import Moment, Schedule, ShiftTimes, due, following, instant, latest

KYIV = "Europe/Kyiv"
DAY = Schedule("08:00", "23:45", KYIV)
NIGHT = Schedule("20:00", "04:00", KYIV)


def ms(text: str) -> int:
    """UTC ms of "2026-10-01 05:00" UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("day", "time_of_day", "zone", "utc"),
    [
        ("2026-10-01", "08:00", KYIV, "2026-10-01 05:00"),
        ("2026-12-01", "08:00", KYIV, "2026-12-01 06:00"),
        ("2026-03-29", "02:59", KYIV, "2026-03-29 00:59"),
        ("2026-03-29", "03:00", KYIV, "2026-03-29 01:00"),  # 03:00 to 03:59 do not exist: the clock shows 04:00
        ("2026-03-29", "03:30", KYIV, "2026-03-29 01:00"),
        ("2026-03-29", "04:00", KYIV, "2026-03-29 01:00"),
        ("2026-10-25", "03:30", KYIV, "2026-10-25 00:30"),  # twice: at 00:30 and at 01:30 UTC
        ("2026-10-25", "04:00", KYIV, "2026-10-25 02:00"),
        ("2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-03 15:30"),  # half an hour is skipped
        ("2026-06-01", "08:00", "UTC", "2026-06-01 08:00"),
    ],
)
def test_local_time_is_one_moment_on_every_day(day: str, time_of_day: str, zone: str, utc: str) -> None:
    assert instant(date.fromisoformat(day), time_of_day, zone) == ms(utc)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-03-30", "2026-10-24", "2026-10-25", "2026-10-26"])
def test_there_is_one_opening_on_each_day_also_when_the_clock_is_changed(day: str) -> None:
    schedule = Schedule("03:30", "", KYIV)
    start = ms(f"{day} 00:00") - 3 * 3_600_000
    names = set()
    for minute in range(0, 26 * 60, 10):
        moment = latest(schedule, "open", start + minute * 60_000)
        assert moment is not None
        names.add((moment.name, moment.at))
    assert len([at for name, at in names if name == f"auto-open-{day}"]) == 1


def test_moment_has_the_same_name_on_the_same_day() -> None:
    opening = latest(DAY, "open", ms("2026-10-01 05:00"))
    assert opening == Moment("open", "2026-10-01", ms("2026-10-01 05:00"))
    assert opening.name == "auto-open-2026-10-01"
    later = latest(DAY, "open", ms("2026-10-02 04:59"))
    assert later == opening
    # 23:45 in Kyiv is still the same day there, and 00:10 belongs to the day before
    closing = latest(DAY, "close", ms("2026-10-01 21:10"))
    assert closing is not None
    assert closing.name == "auto-close-2026-10-01"


def test_next_moment_is_the_earlier_of_opening_and_closing() -> None:
    assert following(DAY, ms("2026-10-01 05:00")) == Moment("close", "2026-10-01", ms("2026-10-01 20:45"))
    assert following(DAY, ms("2026-10-01 20:45")) == Moment("open", "2026-10-02", ms("2026-10-02 05:00"))
    assert following(Schedule("", "", KYIV), ms("2026-10-01 05:00")) is None


def named(schedule: Schedule, now: str, shift: ShiftTimes) -> str | None:
    found = due(schedule, ms(now), shift)
    return None if found is None else found.name


def closed(at: str = "", by: str = "", opened: str = "") -> ShiftTimes:
    return ShiftTimes("closed", ms(opened) if opened else 0, ms(at) if at else 0, by)


def opened(at: str) -> ShiftTimes:
    return ShiftTimes("open", ms(at))


@pytest.mark.parametrize(
    ("now", "shift", "what"),
    [
        # a new till, and an ordinary day
        ("2026-10-01 04:59", closed(), None),
        ("2026-10-01 05:00", closed(), "auto-open-2026-10-01"),
        ("2026-10-01 20:44", opened("2026-10-01 05:00"), None),
        ("2026-10-01 20:45", opened("2026-10-01 05:00"), "auto-close-2026-10-01"),
        ("2026-10-01 20:46", closed("2026-10-01 20:45", "auto-close-2026-10-01", "2026-10-01 05:00"), None),
        # off at eight: opened when it is back, but not after closing time
        ("2026-10-01 12:00", closed("2026-09-30 20:45", opened="2026-09-30 05:00"), "auto-open-2026-10-01"),
        ("2026-10-01 21:00", closed("2026-09-30 20:45", opened="2026-09-30 05:00"), None),
        # off at closing time: yesterday's shift is closed first, then today's is opened
        ("2026-10-02 07:00", opened("2026-10-01 05:00"), "auto-close-2026-10-01"),
        ("2026-10-02 07:01", closed("2026-10-02 07:00", "auto-close-2026-10-01", "2026-10-01 05:00"),
         "auto-open-2026-10-02"),
        ("2026-10-02 07:01", closed("2026-10-02 07:00", "auto-close-2026-10-01.2", "2026-10-01 05:00"),
         "auto-open-2026-10-02"),
        # off for a week: one closing, of the last closing time
        ("2026-10-08 07:00", opened("2026-10-01 05:00"), "auto-close-2026-10-07"),
        # a person closed earlier, or opened earlier and closed: nobody opens again today
        ("2026-10-01 12:00", closed("2026-10-01 11:00", "till-7-z", "2026-10-01 05:00"), None),
        ("2026-10-01 12:00", closed("2026-10-01 11:00", "till-7-z", "2026-10-01 04:00"), None),
        ("2026-10-01 12:00", closed("2026-10-01 11:00", "auto-close-nonsense", "2026-10-01 05:00"), None),
        # a person opened after closing time: it stays open until the next one
        ("2026-10-01 21:30", opened("2026-10-01 21:00"), None),
        ("2026-10-02 20:45", opened("2026-10-01 21:00"), "auto-close-2026-10-02"),
    ],
)  # fmt: skip
def test_what_is_due_follows_from_the_books_and_the_clock(now: str, shift: ShiftTimes, what: str | None) -> None:
    assert named(DAY, now, shift) == what


def test_shop_that_is_open_over_midnight_closes_on_the_next_morning() -> None:
    assert named(NIGHT, "2026-10-01 17:00", closed()) == "auto-open-2026-10-01"
    assert named(NIGHT, "2026-10-01 23:00", opened("2026-10-01 17:00")) is None
    assert named(NIGHT, "2026-10-02 01:00", opened("2026-10-01 17:00")) == "auto-close-2026-10-02"
    assert named(NIGHT, "2026-10-02 01:01", closed("2026-10-02 01:00", opened="2026-10-01 17:00")) is None


def test_nothing_is_done_by_a_clock_that_stands_before_the_journal() -> None:
    now = "2026-10-01 12:00"
    assert named(DAY, now, ShiftTimes("closed", latest_at=ms(now))) == "auto-open-2026-10-01"
    assert named(DAY, now, ShiftTimes("closed", latest_at=ms(now) + 1)) is None


def test_nothing_is_done_while_a_shift_is_being_opened_or_closed() -> None:
    assert named(DAY, "2026-10-01 12:00", ShiftTimes("between")) is None


def test_only_what_is_configured_is_done() -> None:
    assert named(Schedule("", "23:45", KYIV), "2026-10-01 12:00", closed()) is None
    assert named(Schedule("08:00", "", KYIV), "2026-10-05 12:00", opened("2026-10-01 05:00")) is None
    assert named(Schedule("08:00", "", KYIV), "2026-10-05 12:00", closed()) == "auto-open-2026-10-05"
