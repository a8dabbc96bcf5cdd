"""Beside a sale's way: the parts of SPECIFICATION.md that are the program's own tables.

`python -m firmware_bridge.uplink.specification` writes them anew between their marks; a test holds them.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from firmware_bridge.uplink import limits, news, over_http

PAGE = Path(__file__).with_name("SPECIFICATION.md")
_MARKS = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)

_LIMITS = (
    ("an envelope, bytes", limits.MAX_ENVELOPE),
    ("its content once it is inflated, bytes", limits.MAX_CONTENT),
    ("records of an envelope", limits.MAX_RECORDS),
    ("items of an array", limits.MAX_ITEMS),
    ("one rebuilt body, bytes", limits.AIM_BODIES),
    ("all rebuilt bodies, subjects and names of an envelope, bytes", limits.MAX_BODIES),
    ("levels of classes and lists inside a record's fields", limits.MAX_DEPTH),
    ("rows that an envelope tells", limits.MAX_SHAPES),
    ("fields of one class", limits.MAX_FIELDS),
    ("characters of a class's or field's name", limits.MAX_NAME),
    ("characters of till, journal, boot, shift and of a command's id", limits.MAX_ID),
    ("one command, bytes", limits.MAX_COMMAND),
    ("commands that wait for one till", limits.MAX_WAITING),
    ("commands in one answer", limits.MAX_RECEIVED),
    ("pieces of news in one answer", news.MAX_NEWS),
    ("commands and news in one answer, bytes (one always fits)", over_http.MAX_DOWN),
    ("seconds for which a question may be kept open", over_http.MAX_WAIT_S),
)


def kinds() -> str:
    """The table's rows as they are spelt."""
    text = files("firmware_bridge.uplink").joinpath("table.txt").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line and not line.startswith("#")]
    return "\n".join(["```text", *rows, "```", ""])


def bounds() -> str:
    """The limits."""
    rows = [f"| {what} | {most} |" for what, most in _LIMITS]
    return "\n".join(["| | at most |", "|---|---:|", *rows, ""])


def problems() -> str:
    """The ends of a problem's `type`, with the status that each comes with."""
    rows = [f"| `{slug}` | {status} |" for slug, status in sorted(over_http.STATUS.items())]
    return "\n".join(["| `type` ends with | status |", "|---|---:|", *rows, ""])


def page(text: str) -> str:
    """The page with its tables as they are now."""
    parts = {"kinds": kinds(), "limits": bounds(), "problems": problems()}
    return _MARKS.sub(lambda match: match[1] + parts[match[2]] + match[3], text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
