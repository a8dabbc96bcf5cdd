"""On a sale's way back to a person: a sentence that the till has composed in English, in that person's language.

The rules, the drivers and the vendors' adapters say what happened in English, with facts in it; so does the journal,
for ever. Here, where a sentence leaves for a person, it is found again among the patterns of the table (`said.*`),
whole or clause by clause, and its facts are put into the translation. What is not known stays as it is.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

from firmware_bridge.words.patterns import PLACE, Index, Pattern
from firmware_bridge.words.table import Language, words

GROUP: Final = "said."
VERBATIM: Final = frozenset({"code", "code2", "evidence", "id", "name", "path", "typed"})
"""Places for what people and programs call things by: never translated, even if it reads like a sentence."""

_LONGEST: Final = 2000
_MOST_CLAUSES: Final = 16
_MOST_TRIES: Final = 600
_DEEPEST: Final = 4
_VAGUE: Final = 16
"""Letters of a sentence that finds itself in others: what it leaves over must not be three English words."""
_SENTENCE: Final = re.compile(r"[a-z]{2,}[,;:]? [a-z]{2,}[,;:]? [a-z]{2,}")
_JOINT: Final = re.compile(r"(?:[.;:,?!] |[;:,]$)")


def translate(text: str, language: Language, *, fact: bool = False) -> str:
    """Return `text` in `language`; English, and whatever the table does not know, as it is. Raises nothing.

    A text of more than 2000 characters stays as it is; the work on any other is bounded. `fact`: each line is one of
    the till's own facts, as in a row of a table; there a word by itself is the till's too.
    """
    return text if language == "en" or not text or len(text) > _LONGEST else _translated(text, language, fact)


@lru_cache(maxsize=512)
def _translated(text: str, language: Language, fact: bool) -> str:
    """A page asks for the same few sentences again and again."""
    work = _Work(language)
    return "\n".join(work.line(line, 1 if fact else 0) for line in text.split("\n"))


@cache
def index() -> Index:
    """All English patterns."""
    return Index({key: sentence for key, sentence in words("en").items() if key.startswith(GROUP)})


class _Work:
    """One text: what was found in it already, and how much may still be tried."""

    def __init__(self, language: Language) -> None:
        self._words = words(language)
        self._index = index()
        self._found: dict[tuple[str, int], tuple[str, int]] = {}
        self._tries = _MOST_TRIES

    def line(self, text: str, depth: int = 0) -> str:
        bare = text.strip()
        return text.replace(bare, self._best(bare, depth)[0], 1) if bare else text

    def _best(self, text: str, depth: int) -> tuple[str, int]:
        """The translation of a text, and how many of its letters were known; (text, 0) when none."""
        if depth > _DEEPEST or not text:
            return text, 0
        if (text, depth) not in self._found:
            self._found[text, depth] = (text, 0)
            ways = (self._whole(text, depth) or (text, 0), self._with_remark(text, depth), self._pieces(text, depth))
            self._found[text, depth] = max(ways, key=lambda way: way[1])
        return self._found[text, depth]

    def _whole(self, text: str, depth: int, *, among: bool = False) -> tuple[str, int] | None:
        """The best pattern that is all of this text, whatever its first letter's case. `among`: other clauses."""
        self._tries -= 1
        if self._tries < 0:
            return None
        bare = text.removesuffix(".")
        best: tuple[bool, int, int, int, str] | None = None
        for one in self._index.candidates(bare):
            if one.one_word and (among or depth == 0):
                continue  # a word by itself may be anybody's; as the whole of a fact it is ours
            begun = bare
            facts = one.facts(begun)
            if facts is None:
                begun = bare[:1].swapcase() + bare[1:]
                facts = one.facts(begun)
            if facts is None or any(" " in facts.get(place, "") for place in one.blankless):
                continue
            said, known = self._put(one, facts, depth, swap=begun != bare)
            if one.weight < _VAGUE and any(_SENTENCE.search(fact) and fact in said for fact in facts.values()):
                continue  # "{this} is not in {that}" is in many a sentence that is not ours
            begins = len(one.literals[0]) >= _VAGUE  # how a sentence begins tells most of what it is
            if best is None or (begins, known, one.weight) > best[:3]:
                called = sum(len(fact) for place, fact in facts.items() if place in VERBATIM)
                best = begins, known, one.weight, called, said
        if best is None:
            return None
        _, known, _, called, said = best
        return said.removesuffix(".") + ("." if text.endswith(".") else ""), known + called

    def _put(self, one: Pattern, facts: dict[str, str], depth: int, *, swap: bool) -> tuple[str, int]:
        """The facts in the translated sentence: each as it stands, or translated when it is known by itself.

        `swap`: the first letter of the sentence, where it has one of its own, in the other case.
        """
        known, told = one.weight, {}
        for place, fact in facts.items():
            bare = fact.strip()
            if place in VERBATIM or not bare:
                told[place] = fact
                continue
            said, letters = self._best(bare, depth + 1)
            known += letters
            told[place] = fact.replace(bare, said, 1)
        parts = PLACE.split(self._words.get(one.key, ""))
        if swap and parts[0]:
            parts[0] = parts[0][0].swapcase() + parts[0][1:]
        parts[1::2] = [told.get(place, "") for place in parts[1::2]]
        said = "".join(parts)
        return said.lstrip(" :") if one.lacks else said, known

    def _with_remark(self, text: str, depth: int) -> tuple[str, int]:
        """A clause with a remark in brackets at its end, such as a vendor's own code: either may be known."""
        begin = _opened(text)
        if begin < 1:
            return text, 0
        clause, known = self._best(text[:begin], depth + 1)
        remark, more = self._best(text[begin + 2 : -1], depth + 1)
        return f"{clause} ({remark})", known + more

    def _pieces(self, text: str, depth: int) -> tuple[str, int]:
        """The text in clauses: those that are known, one or several together, translated, the others as they are."""
        ends = [match.start() + 1 for match in _JOINT.finditer(text) if match.end() < len(text)][:_MOST_CLAUSES]
        if not ends:
            return text, 0
        starts = [0, *(end + 1 for end in ends)]
        stops = [*ends, len(text)]
        best: list[tuple[str, int]] = [("", 0)] * (len(starts) + 1)
        for first in reversed(range(len(starts))):
            rest = best[first + 1]
            best[first] = (_joined(text[starts[first] : stops[first]], rest[0]), rest[1])
            for last in range(first, len(starts)):
                clause = text[starts[first] : stops[last]]
                joint = clause[-1] if clause[-1:] in ";:," else ""
                found = None
                if (first, last) != (0, len(starts) - 1):
                    found = self._whole(clause.removesuffix(joint), depth, among=True)
                if found is not None and found[1] + best[last + 1][1] > best[first][1]:
                    best[first] = (_joined(found[0] + joint, best[last + 1][0]), found[1] + best[last + 1][1])
        return best[0]


def _opened(text: str) -> int:
    """Where the blank stands before the bracket that is shut by the last letter of a text; -1 for none."""
    open_ = 0
    for at in range(len(text) - 1, 0, -1) if text.endswith(")") else ():
        open_ += (text[at] == ")") - (text[at] == "(")
        if open_ == 0:
            return at - 1 if text[at - 1] == " " else -1
    return -1


def _joined(clause: str, rest: str) -> str:
    return f"{clause} {rest}" if rest else clause
