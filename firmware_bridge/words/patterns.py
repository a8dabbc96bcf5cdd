"""Beside a sale's way: sentences with places, found again in a text. Linear: no regular expression is made of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

PLACE: Final = re.compile(r"\{(\w+)\}")
_WORD: Final = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One English sentence without its full stop: literal texts, and between each two of them a place."""

    key: str
    literals: tuple[str, ...]
    places: tuple[str, ...]
    lacks: str = ""
    """The place in front that this form of the sentence leaves out."""

    @property
    def weight(self) -> int:
        """How much of a text it knows: the letters between its places."""
        return sum(len(literal) for literal in self.literals)

    @property
    def one_word(self) -> bool:
        return not self.places and " " not in self.literals[0]

    @property
    def blankless(self) -> tuple[str, ...]:
        """Its places for what has no blanks: a member of a request that is at fault, a port, a host."""
        front = self.places[:1] if self.literals[0] == "" else ()
        return tuple(one for one in self.places if one in ("host", "port") or (one == "path" and one in front))

    def facts(self, text: str) -> dict[str, str] | None:
        """What stands in the places when all of `text` is this sentence, else None. Each place takes the least."""
        first, *between = self.literals
        if not text.startswith(first):
            return None
        at, found = len(first), []
        for literal in between[:-1]:
            end = text.find(literal, at)
            if end < 0:
                return None
            found.append(text[at:end])
            at = end + len(literal)
        if not between:
            return {} if at == len(text) else None
        end = len(text) - len(between[-1])
        if end < at or not text.endswith(between[-1]):
            return None
        return dict(zip(self.places, [*found, text[at:end]], strict=True))


def pattern(key: str, sentence: str) -> Pattern:
    """The pattern of a sentence of the table."""
    parts = PLACE.split(sentence.strip().removesuffix("."))
    return Pattern(key, tuple(parts[::2]), tuple(parts[1::2]))


def forms(key: str, sentence: str) -> Iterator[Pattern]:
    """The sentence; one about a member of a request ("{path} is missing") is also said without it."""
    whole = pattern(key, sentence)
    yield whole
    if whole.places[:1] == ("path",) and whole.literals[0] == "":
        yield Pattern(key, (whole.literals[1].lstrip(), *whole.literals[2:]), whole.places[1:], "path")


class Index:
    """Patterns by the rarest whole word of each: only few are tried on a text."""

    def __init__(self, table: Mapping[str, str]) -> None:
        """`table`: key -> English sentence."""
        patterns = [form for key, sentence in sorted(table.items()) for form in forms(key, sentence)]
        often = Counter(word for one in patterns for word in set(anchors(one)))
        self._by_word: dict[str, list[Pattern]] = {}
        for one in patterns:
            if possible := anchors(one):
                rarest = min(possible, key=lambda word: (often[word], -len(word), word))
                self._by_word.setdefault(rarest, []).append(one)

    def candidates(self, text: str) -> Iterator[Pattern]:
        """Those of which the rarest word stands in the text."""
        for word in sorted(set(_WORD.findall(text.lower()))):
            yield from self._by_word.get(word, ())


def anchors(one: Pattern) -> list[str]:
    """The whole words of a pattern: what touches a place may be half a word in a text."""
    found = []
    last = len(one.literals) - 1
    for at, literal in enumerate(one.literals):
        low = literal.lower()
        for match in _WORD.finditer(low):
            touches_before = at > 0 and match.start() == 0
            touches_after = at < last and match.end() == len(low)
            if not touches_before and not touches_after:
                found.append(match[0])
    return found
