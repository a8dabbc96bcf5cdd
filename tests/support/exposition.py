"""What a scraper reads: a strict parser of the text format 0.0.4, and what names and values must be beyond it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
_SAMPLE = re.compile(rf"({_NAME})(?:\{{({_LABEL}(?:,{_LABEL})*)\}})? (-?[0-9.]+(?:e[+-]?[0-9]+)?|NaN|[+-]Inf)")
Samples = Mapping[str, float]


@dataclass(slots=True)
class Parser:
    """Reads format 0.0.4 line by line. Raises ValueError where the text is not of it."""

    kinds: dict[str, str] = field(default_factory=dict)
    found: dict[str, float] = field(default_factory=dict)
    begun: list[str] = field(default_factory=lambda: [""])

    def comment(self, what: str, name: str, rest: str) -> None:
        if name != self.begun[-1]:
            if name in self.begun:
                raise ValueError(f"{name} stands in two places")
            self.begun.append(name)
        if what == "TYPE":
            if name in self.kinds or rest not in ("counter", "gauge", "histogram"):
                raise ValueError(f"wrong type of {name}")
            self.kinds[name] = rest

    def sample(self, line: str) -> None:
        told, now = _SAMPLE.fullmatch(line), self.begun[-1]
        kind = self.kinds.get(now, "")
        whole = {"histogram": (f"{now}_bucket", f"{now}_sum", f"{now}_count")}.get(kind, (now,))
        if told is None or told[1] not in whole or not kind:
            raise ValueError(f"no sample of {now}: {line}")
        name = line.rpartition(" ")[0]
        if (self.kinds[now] == "counter") != now.endswith("_total") or name in self.found:
            raise ValueError(f"wrong sample: {line}")
        labels = re.findall(r'([a-z_]+)="', told[2] or "")
        if len(set(labels)) != len(labels):
            raise ValueError(f"a label stands twice: {line}")
        self.found[name] = float(told[3])


def parse(text: str) -> dict[str, float]:
    """Every sample by its name and labels."""
    if not text.endswith("\n"):
        raise ValueError("the last line must end")
    parser = Parser()
    for line in text[:-1].split("\n"):
        if told := re.fullmatch(rf"# (HELP|TYPE) ({_NAME}) (.+)", line):
            parser.comment(*told.groups())
        else:
            parser.sample(line)
    return parser.found


#: Units that a metric may be named after; the others are no base units (prometheus.io, "Metric and label naming").
BASE_UNITS = ("seconds", "bytes", "celsius")
_OTHER_UNITS = ("milliseconds", "microseconds", "minutes", "hours", "days", "kilobytes", "megabytes", "percent", "ms")


def complaints(text: str) -> list[str]:
    """What a linter says of names, labels and buckets; [] when nothing."""
    parser = Parser()
    found = []
    for line in text.splitlines():
        if told := re.fullmatch(rf"# (HELP|TYPE) ({_NAME}) (.+)", line):
            parser.comment(*told.groups())
    for name, kind in parser.kinds.items():
        words = name.split("_")
        if not re.fullmatch(r"till(_[a-z0-9]+)+", name):
            found.append(f"{name}: not of ours, or not in lower case")
        if set(words) & set(_OTHER_UNITS):
            found.append(f"{name}: no base unit")
        if (kind == "counter") != name.endswith("_total"):
            found.append(f"{name}: _total is for counters")
        if f"# HELP {name} " not in text:
            found.append(f"{name}: nothing is said of it")
        found += [f"{name}: unit is not last" for word in words[:-2] if word in BASE_UNITS and "left" not in words]
    found += [f"label {label}" for label in re.findall(r'[{,]([a-zA-Z0-9_]+)="', text) if label not in LABELS]
    return found


#: None of them tells of a serial number, a document or a person.
LABELS = frozenset(
    {
        *("device", "state", "mode", "vendor", "kind", "outcome", "copy", "proof", "about", "result", "le", "meter"),
        *("route", "status", "verdict", "running", "schema"),
    }
)
