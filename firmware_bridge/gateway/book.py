"""Between the journal and a book, after a sale: what a book is asked, what it answers, and what that means.

A book's adapter is pure: `plan` makes of one record at most one call, `judge` says what an answer means. The sender
(`sender.py`) does everything else: order, patience, parking, intents, commits. `Service` carries the calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from firmware_bridge.journal.records import Record
from firmware_bridge.vendors.http import Request, Response
from statemachines.vocabulary.events import Event

Place = tuple[str, ...]
"""Where in a book something is, from the outermost: (drawer, drawer day, document). A record lies behind another one
that was parked when that one's place is the beginning of its own (or the same)."""

Repeatability = Literal["natural_key", "state", "harmless_twice", "never"]
"""What may be done when the answer to a call is lost.

`natural_key`: repeat it, the book knows it again. `state`: read the state (`Call.look`), then repeat if need be.
`harmless_twice`: look, then repeat once and no more, because a second one moves no money. `never`: a person looks.
"""


@dataclass(frozen=True, slots=True)
class Look:
    """A question that changes nothing. `about`: what is to be found out, in the adapter's words for `judge_look`."""

    request: Request
    about: str


@dataclass(frozen=True, slots=True)
class Call:
    """One request that a record makes necessary.

    `operation`: how the vendor calls it. `place`: where it belongs; `parks`: what is closed when the book refuses it
    (a beginning of `place`: a refused start closes the sale, a refused deactivation the whole drawer). `closes`: it
    also waits while anything below `place` is parked. `look`: the question after a lost answer. `if_lost`: what a
    person is told when it may not be repeated (any more). `optional`: when it is refused or lost for good it is left
    out with a note, and nothing is parked.
    """

    operation: str
    request: Request
    place: Place
    parks: Place
    repeat: Repeatability
    closes: bool = False
    look: Look | None = None
    if_lost: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Skip:
    """The record is nothing to this book. `ends`: our id for which nothing waits any more (it did not happen)."""

    ends: str = ""


@dataclass(frozen=True, slots=True)
class Blocked:
    """The call needs the vendor's id for `on` (our id), which is not learned yet: the record waits for that alone,
    at `place`; records of other documents go on.

    `otherwise`: what takes its place when, looked up, nobody ever learned that id, and the record lies behind nothing
    that was parked: Skip (what it belongs to was never told), or a Call that does without. None: it waits.
    """

    on: str
    place: Place
    otherwise: Skip | Call | None = None


Plan = Skip | Blocked | Call


@dataclass(frozen=True, slots=True)
class Delivered:
    """The book has it. `refs`: our id -> the vendor's, learned. `already`: it had it before this call.

    `events`: what the till shall hear of it (a figure that differs).
    """

    refs: Mapping[str, str] = field(default_factory=dict)
    already: bool = False
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: the whole lane waits and tries again. `person`: it waits until somebody does something (`reason`).

    `steps_back`: what stands in its way may be ended by a record that comes after it. A record that is tried again out
    of its order is set aside once more then, because waiting for what lies behind it would be for ever.
    """

    reason: str
    person: bool = False
    steps_back: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """The book will never take this: park it. `reason`: one sentence for a person, with the vendor's own words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Asks:
    """The answer alone does not tell: this has to be asked first."""

    look: Look


@dataclass(frozen=True, slots=True)
class NotDone:
    """Asked, the book shows that it was not done: it may be sent."""


Verdict = Delivered | Later | Rejected | Asks
LookVerdict = Delivered | Later | Rejected | NotDone


class Book(Protocol):
    """A vendor's books, as far as mapping and judging go. Pure: no I/O, no clock."""

    @property
    def name(self) -> str:
        """How configuration, cursor and refs call it ("newstore")."""
        ...

    def plan(self, record: Record, refs: Mapping[str, str]) -> Plan:
        """What record needs. `refs`: ids that were learned (our id -> the vendor's); maybe not all: see Blocked."""
        ...

    def judge(self, call: Call, response: Response) -> Verdict:
        """What the answer to `call` means, whatever its status."""
        ...

    def judge_look(self, call: Call, look: Look, response: Response) -> LookVerdict:
        """What the answer to a question about `call` means."""
        ...


class Service(Protocol):
    """Carries requests to the vendor, signed in."""

    async def exchange(self, request: Request) -> Response:
        """The answer, whatever its status; a session that ended was renewed once.

        Raises drivers.errors.NotSent, Unanswered, and Refused when the account cannot be used (nothing was done).
        """
        ...

    async def close(self) -> None:
        """Let the connection go; harmless when there is none."""
        ...
