"""Before a sale's way: at which moments a till without a cashier opens and closes its shift. Pure: zone and now in.

Each moment belongs to one local date and has one name for ever ("auto-open-2026-10-01"), so that whoever asks twice,
before and after a restart, asks for the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

What = Literal["open", "close"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """`open_at` and `close_at` are local times ("08:00") in the IANA zone `zone`; "" = never by itself."""

    open_at: str
    close_at: str
    zone: str


@dataclass(frozen=True, slots=True)
class Moment:
    """At `at` (UTC ms) the shift is to be opened or closed; `day` is the local date that it belongs to."""

    what: What
    day: str
    at: int

    @property
    def name(self) -> str:
        """The id of the command: the same for the same day."""
        return f"auto-{self.what}-{self.day}"


@dataclass(frozen=True, slots=True)
class ShiftTimes:
    """What the books say: is a shift open, since when, and when was the last one closed (UTC ms, 0 = never)?

    `closed_by`: the id of the command that closed it. `latest_at`: the latest time in the journal; a clock that
    stands before it is wrong.
    """

    state: Literal["open", "closed", "between"]
    opened_at: int = 0
    closed_at: int = 0
    closed_by: str = ""
    latest_at: int = 0


def instant(day: date, time_of_day: str, zone: str) -> int:
    """Return the UTC ms of a local time on a day.

    A time that the clock skips is the first moment after the skip; one that comes twice is the first of the two.
    """
    where = ZoneInfo(zone)
    wanted = datetime.combine(day, time.fromisoformat(time_of_day))
    first = wanted.replace(tzinfo=where, fold=0).astimezone(UTC)
    if first.astimezone(where).replace(tzinfo=None) == wanted:
        return _ms(first)
    # skipped: fold 1 reads it with the offset after the skip, which is a moment before it
    moment = wanted.replace(tzinfo=where, fold=1).astimezone(UTC)
    while moment.astimezone(where).replace(tzinfo=None) < wanted:
        moment += timedelta(minutes=1)
    return _ms(moment)


def latest(schedule: Schedule, what: What, now: int) -> Moment | None:
    """Return the last moment at or before `now` (UTC ms) at which this was due; None when it never is."""
    return next((moment for moment in reversed(_around(schedule, what, now)) if moment.at <= now), None)


def following(schedule: Schedule, now: int) -> Moment | None:
    """Return the next moment after `now` (UTC ms); None when there is no schedule."""
    moments = [*_around(schedule, "open", now), *_around(schedule, "close", now)]
    return min((moment for moment in moments if moment.at > now), key=lambda moment: moment.at, default=None)


def due(schedule: Schedule, now: int, shift: ShiftTimes) -> Moment | None:
    """Return what has to be done now, also when its moment has passed while the till was off.

    A shift that was opened before the last closing time is closed, however long ago that was; older closing times
    are not made up for. When none is open, between an opening time and the closing time after it, it is opened,
    unless a shift was opened or closed since that opening time: then somebody has decided otherwise.
    """
    if shift.state == "between" or now < shift.latest_at:
        return None
    opening, closing = latest(schedule, "open", now), latest(schedule, "close", now)
    if shift.state == "open":
        return closing if closing is not None and shift.opened_at < closing.at else None
    if opening is None or (closing is not None and closing.at > opening.at):
        return None
    return opening if max(shift.opened_at, _meant_to_close(schedule, shift)) < opening.at else None


def _meant_to_close(schedule: Schedule, shift: ShiftTimes) -> int:
    """When the last shift was closed; one that was closed late by the schedule, when it should have been."""
    day = shift.closed_by.removeprefix("auto-close-").partition(".")[0]
    if shift.closed_by == day or not schedule.close_at:
        return shift.closed_at
    try:
        return min(shift.closed_at, instant(date.fromisoformat(day), schedule.close_at, schedule.zone))
    except ValueError:  # somebody's own id that begins like ours
        return shift.closed_at


def _around(schedule: Schedule, what: What, now: int) -> list[Moment]:
    """The moments from the day before yesterday to the day after tomorrow, in order."""
    time_of_day = schedule.open_at if what == "open" else schedule.close_at
    if not time_of_day:
        return []
    today = datetime.fromtimestamp(now / 1000, tz=UTC).astimezone(ZoneInfo(schedule.zone)).date()
    days = [today + timedelta(days=step) for step in range(-2, 3)]
    return [Moment(what, day.isoformat(), instant(day, time_of_day, schedule.zone)) for day in days]


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
