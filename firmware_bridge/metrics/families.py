"""Behind every number: how it is written. Text format 0.0.4 of Prometheus (prometheus.io, "Exposition formats")."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its samples by their labels."""

    name: str
    kind: Literal["counter", "gauge"]
    text: str
    samples: tuple[tuple[Labels, float], ...]

    def lines(self) -> Iterator[str]:
        """As they are sent; none for a family without a sample."""
        if self.samples:
            yield from _head(self.name, self.kind, self.text)
        for labels, value in self.samples:
            yield _sample(self.name, labels, value)


@dataclass(frozen=True, slots=True)
class Spread:
    """How often something took at most so many seconds: `bounds` ascending, `counts` with one more, for the rest."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float

    @classmethod
    def nothing(cls, bounds: Sequence[float]) -> Spread:
        return cls(tuple(bounds), (0,) * (len(bounds) + 1), 0.0)

    def with_one(self, seconds: float) -> Spread:
        at = next((index for index, bound in enumerate(self.bounds) if seconds <= bound), len(self.bounds))
        counts = tuple(count + (index == at) for index, count in enumerate(self.counts))
        return Spread(self.bounds, counts, self.total + seconds)


@dataclass(frozen=True, slots=True)
class Histogram:
    """One metric of a Spread."""

    name: str
    text: str
    spread: Spread

    def lines(self) -> Iterator[str]:
        """As they are sent: each bucket holds all that are smaller too."""
        yield from _head(self.name, "histogram", self.text)
        below = 0
        bounds = (*(f"{bound:g}" for bound in self.spread.bounds), "+Inf")
        for bound, count in zip(bounds, self.spread.counts, strict=True):
            below += count
            yield _sample(f"{self.name}_bucket", (("le", bound),), below)
        yield _sample(f"{self.name}_sum", (), self.spread.total)
        yield _sample(f"{self.name}_count", (), below)


class Timer:
    """A Spread that grows in this process; from any thread."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._spread = Spread.nothing(bounds)
        self._lock = threading.Lock()

    def observe(self, seconds: float) -> None:
        with self._lock:
            self._spread = self._spread.with_one(seconds)

    @property
    def spread(self) -> Spread:
        return self._spread


def counter(name: str, text: str, *samples: tuple[Labels, float]) -> Family:
    return Family(name, "counter", text, samples)


def gauge(name: str, text: str, *samples: tuple[Labels, float | None]) -> Family:
    """What is None is not known, and left out."""
    return Family(name, "gauge", text, tuple((labels, float(value)) for labels, value in samples if value is not None))


def render(families: Iterable[Family | Histogram]) -> str:
    """The whole answer; a family without a sample is left out."""
    return "".join(f"{line}\n" for family in families for line in family.lines())


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def _sample(name: str, labels: Labels, value: float) -> str:
    told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{{{told}}} {value:.15g}" if told else f"{name} {value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
