"""Beside a till: `COMMAND | include TEXT`: of what a command says only some lines are wanted, or how many there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from firmware_bridge.console.grammar import FILTERS, NotUnderstood

_NAME: Final = {"include": True, "exclude": False}


@dataclass(slots=True)
class Filter:
    """`rules`: (text in small letters, is it wanted?), all of which a line has to pass. `counts`: say only how many."""

    rules: tuple[tuple[str, bool], ...] = ()
    counts: bool = False
    count: int = field(default=0, init=False)

    def passes(self, line: str) -> bool:
        """Is this line to be shown? One that is only counted is not."""
        small = line.lower()
        if not all((text in small) is wanted for text, wanted in self.rules):
            return False
        self.count += 1
        return not self.counts

    def say(self, text: str, say: Callable[[str], None]) -> None:
        """Hand on the lines of `text` that pass."""
        for line in text.split("\n"):
            if self.passes(line):
                say(line)


def split(line: str) -> tuple[str, Filter | None]:
    """The command, and what its lines have to pass. A name may be as short as it is clear. Raises NotUnderstood."""
    command, *parts = line.split(" | ")
    if not parts:
        return line, None
    rules: list[tuple[str, bool]] = []
    counts = False
    for at, part in enumerate(parts):
        word, _, text = part.strip().partition(" ")
        found = [name for name in FILTERS if word and name.startswith(word.lower())]
        last = at == len(parts) - 1
        if len(found) != 1 or (found[0] == "count") != (not text.strip()) or (found[0] == "count" and not last):
            raise NotUnderstood("grammar.usage", {"usage": f"{command.strip()} | include TEXT | exclude TEXT | count"})
        if found[0] == "count":
            counts = True
        else:
            rules.append((text.strip().lower(), _NAME[found[0]]))
    return command, Filter(tuple(rules), counts)
