"""Beside a till: what may be typed: `NOUN [VERB] [ARGUMENT…]`, each word as short as it is clear."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware_bridge.config import Role
from firmware_bridge.console.letters import as_latin_keys

if TYPE_CHECKING:
    from firmware_bridge.console.session import Session

TECHNICAL: Final[frozenset[Role]] = frozenset({"technician", "manager"})
CASH: Final[frozenset[Role]] = frozenset({"manager", "cashier"})
STAFF: Final[frozenset[Role]] = frozenset({"technician", "manager", "cashier"})
FILTERS: Final = ("include", "exclude", "count")
"""What may stand behind a command and ` | `; see filters.py."""
Do = Callable[["Session", Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `verb` "" = the noun alone. `roles` None: it only looks. `help` is `help.NOUN[.VERB]` of the words.

    `least`, `most`: how many arguments; `arguments`: how they are written. `always`: without a PIN even where looking
    needs one. `examples`: two that can be typed. `looks`: it changes nothing although it is not for everybody.
    """

    noun: str
    verb: str
    do: Do
    roles: frozenset[Role] | None = None
    arguments: str = ""
    least: int = 0
    most: int = 0
    examples: tuple[str, ...] = ()
    always: bool = False
    looks: bool = False

    @property
    def stops(self) -> bool:
        """May it be stopped in the middle? What changes something comes to its end."""
        return self.roles is None or self.looks

    @property
    def usage(self) -> str:
        return " ".join(part for part in (self.noun, self.verb, self.arguments) if part)

    @property
    def help_key(self) -> str:
        return f"help.{self.noun}.{self.verb}" if self.verb else f"help.{self.noun}"


@dataclass(frozen=True, slots=True)
class NotUnderstood(Exception):
    """`key` of the words with its facts."""

    key: str
    facts: dict[str, str]


class Grammar:
    """All commands; finds the one that is meant, and what may be typed next."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self.commands = tuple(commands)
        self.nouns = tuple(dict.fromkeys(command.noun for command in self.commands))

    def of(self, noun: str) -> dict[str, Command]:
        return {command.verb: command for command in self.commands if command.noun == noun}

    def examples(self, command: Command) -> tuple[str, ...]:
        """Two of them: where there is one, the second is the first in as few letters as are clear."""
        if len(command.examples) != 1:
            return command.examples
        verbs = [verb for verb in self.of(command.noun) if verb]
        short = {command.noun: _shortest(command.noun, self.nouns), command.verb: _shortest(command.verb, verbs)}
        second = " ".join(short.get(word, word) for word in command.examples[0].split())
        return (*command.examples, second) if second != command.examples[0] else command.examples

    def parse(self, line: str) -> tuple[Command, list[str]]:
        """The command and its arguments. A verb may stand behind its first argument: `receipt 3 copy`.

        Raises NotUnderstood.
        """
        first, *rest = line.split()
        noun = self._noun(first.lower(), [word.lower() for word in rest])
        verbs = self.of(noun)
        for at, word in enumerate(rest[:2]):
            found = _meant(word.lower(), [verb for verb in verbs if verb])
            if len(found) == 1:
                return self._counted(verbs[found[0]], [*rest[:at], *rest[at + 1 :]])
        if "" not in verbs:
            raise NotUnderstood("grammar.verb", {"noun": noun, "verbs": ", ".join(verbs)})
        return self._counted(verbs[""], rest)

    def _counted(self, command: Command, arguments: list[str]) -> tuple[Command, list[str]]:
        if not command.least <= len(arguments) <= command.most:
            raise NotUnderstood("grammar.usage", {"usage": command.usage})
        return command, arguments

    def _noun(self, word: str, rest: Sequence[str] = ()) -> str:
        found = _meant(word, self.nouns)
        if len(found) == 1:
            return found[0]
        if found:
            raise NotUnderstood("grammar.which", {"words": ", ".join(found)})
        slip = _meant(as_latin_keys(word), self.nouns)
        if len(slip) == 1:
            meant = [slip[0], *(as_latin_keys(one) or one for one in rest)]
            raise NotUnderstood("grammar.slip", {"word": " ".join(meant)})
        raise NotUnderstood("grammar.unknown", {"word": word})

    def complete(self, before: str) -> list[str]:
        """The whole words that the last one of `before` may become."""
        if " | " in before:
            return [name for name in FILTERS if name.startswith(before.rpartition("| ")[2].lower())]
        *words, last = before.split(" ") if before else [""]
        words = [word for word in words if word]
        if not words:
            return [noun for noun in self.nouns if noun.startswith(last.lower())]
        if words[0] == "help" and len(words) == 1:
            return [noun for noun in self.nouns if noun.startswith(last.lower())]
        found = _meant(words[0].lower(), self.nouns)
        if len(found) != 1 or len(words) > 2:
            return []
        return [verb for verb in self.of(found[0]) if verb and verb.startswith(last.lower())]


def _shortest(word: str, among: Sequence[str]) -> str:
    """As few letters of `word`, two at least, as are clear among the others."""
    return next((word[:end] for end in range(2, len(word)) if _meant(word[:end], among) == [word]), word)


def _meant(word: str, among: Sequence[str]) -> list[str]:
    """The one with this name, or all that begin with it."""
    if not word:
        return []
    return [word] if word in among else [one for one in among if one.startswith(word)]
