"""SmartOne's adapter in virtual time before a register: one of a script, or the vendor's sandbox, without a socket.

The line can be cut at any request: before it leaves, on its way, or after it was carried out. The till can lose its
power at any await: `Cut` "power" ends the work there, and `restart` gives a till that knows its disk alone.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, cast
from urllib.parse import parse_qs

from drivers.errors import NotSent, Unanswered
from firmware_bridge.vendors.sandbox.clock import VirtualClock
from firmware_bridge.vendors.smartone.client import PATHS, SmartOneClient, Times
from firmware_bridge.vendors.smartone.fiscaliser import SmartOneFiscaliser
from firmware_bridge.vendors.smartone.forms import Forms
from firmware_bridge.vendors.smartone.plans import Plans
from statemachines.vocabulary.effects import Fiscalise
from statemachines.vocabulary.events import Event
from tests.firmware_bridge.vendors.smartone.adapter_orders import FORMS

START: Final = datetime(2026, 3, 2, 10, 5, 31, tzinfo=UTC)
MERCHANT: Final = "m-1"
Cut = Literal["", "before", "on its way", "after", "power before", "power after"]
_T = TypeVar("_T")


_W = TypeVar("_W", bound="World")


class PowerCut(BaseException):
    """The till stops here."""


class VirtualTime:
    """One time for the till and the register."""

    def __init__(self, start: datetime = START) -> None:
        self.vendor = VirtualClock(start)
        self._start = start

    def monotonic(self) -> float:
        return (self.vendor.now() - self._start).total_seconds()

    def utc_ms(self) -> int:
        return round(self.vendor.now().timestamp() * 1000)


@dataclass(frozen=True)
class Answer:
    """Of the register: its JSON; None: the connection is closed instead. `delay_s`: how late it comes."""

    body: bytes | None
    delay_s: float = 0.0


#: A register: path and form -> its answer.
Register = Callable[[str, str], Answer]


@dataclass
class Line:
    """A wire to the register. `cuts`: what happens to the n-th request from now on. `asked`: operation and body."""

    register: Register
    time: VirtualTime
    cuts: list[Cut] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    latency_s: float = 0.02
    closed: int = 0

    async def exchange(self, path: str, form: str, answer_s: float, *, harmless: bool) -> bytes:
        assert harmless == (path in ("/check_shift", "/x_report", "/check_status"))
        await asyncio.sleep(0)
        cut = self.cuts.pop(0) if self.cuts else ""
        if cut == "power before":
            raise PowerCut
        if cut == "before":
            raise NotSent("the register could not be reached (cut)", port="virtual", role="SmartOne")
        self.asked.append((path.strip("/"), body_of(form)))
        self.forms.append(form)
        self.time.vendor.advance(self.latency_s)
        answer = Answer(None) if cut == "on its way" else self.register(path, form)
        late = answer.delay_s > answer_s
        self.time.vendor.advance(min(answer.delay_s, answer_s))
        if cut == "power after":
            raise PowerCut
        if answer.body is None or late or cut == "after":
            raise Unanswered("the register did not answer (cut)", port="virtual", role="SmartOne")
        return answer.body

    async def close(self) -> None:
        self.closed += 1

    @property
    def calls(self) -> list[str]:
        return [operation for operation, _ in self.asked]


def body_of(form: str) -> dict[str, Any]:
    """The JSON of a form, whose signature must be right."""
    found = parse_qs(form, strict_parsing=True)
    (data,), (mark,) = found["data"], found["sign"]
    digest = hashlib.sha1((data + MERCHANT).encode()).hexdigest()
    assert base64.b64decode(mark).decode() == digest
    body: dict[str, Any] = json.loads(base64.b64decode(data))
    return body


class Script:
    """A register that says what it was told to: operation -> its answers, the last one again and again."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {name: list(said) if isinstance(said, list) else [said] for name, said in answers.items()}

    def __call__(self, path: str, _: str) -> Answer:
        operation = next(name for name, known in PATHS.items() if known == path)
        waiting = self.answers[operation]
        said = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if said is None or isinstance(said, Answer):
            return said or Answer(None)
        return Answer(json.dumps(said).encode())


def ok(**data: Any) -> dict[str, Any]:
    """Core's success."""
    return {"status": "success", "data": data}


def no(message: str) -> dict[str, Any]:
    """Core's refusal."""
    return {"status": "error", "message": message}


class World:
    """A till's fiscaliser, the line and a register."""

    def __init__(
        self,
        register: Register,
        folder: Path | None = None,
        forms: Forms = FORMS,
        times: Times | None = None,
        *,
        time: VirtualTime | None = None,
        declined: tuple[int, ...] = (),
        paths: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        self.paths = paths or {}
        self.time = time or VirtualTime()
        self.forms = forms
        self.line = Line(register, self.time)
        self.times = times or Times()
        self.declined = declined
        self.more = more
        self._plans = None if folder is None else folder / "journal.smartone"
        self.restart()

    def restart(self, plans: Plans | None = None) -> None:
        """A new process, which knows what is on the disk."""
        client = SmartOneClient(self.line, MERCHANT, self.times, paths=self.paths, declined=self.declined)
        self.fiscaliser = SmartOneFiscaliser(client, self.forms, plans or Plans(self._plans), self.time, **self.more)

    def do(self, order: Fiscalise) -> Event:
        return run(self.fiscaliser.fiscalise(order))

    def ask(self, order: Fiscalise) -> Event:
        return run(self.fiscaliser.ask(order))

    def later(self, seconds: float) -> None:
        self.time.vendor.advance(seconds)


@dataclass
class Loop:
    """Where `run` runs: a loop of its own each time, or one for a whole test that does thousands of things."""

    runner: asyncio.Runner | None = None


LOOP: Final = Loop()


@contextmanager
def one_loop() -> Iterator[None]:
    """Everything in one loop."""
    with asyncio.Runner() as LOOP.runner:
        yield
    LOOP.runner = None


def run(work: Awaitable[_T]) -> _T:
    coroutine = cast("Coroutine[Any, Any, _T]", work)
    return asyncio.run(coroutine) if LOOP.runner is None else LOOP.runner.run(coroutine)


def with_forms(world: _W, **changes: Any) -> _W:
    world.forms = replace(world.forms, **changes)
    world.restart()
    return world
