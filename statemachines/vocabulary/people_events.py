"""Beside the sales: who signed in where, who was kept out, and what was done there that changes something.

These facts change no machine: they are there to be read. Never a PIN, a token or what was typed in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from statemachines.vocabulary.events import Event

Channel = Literal["serial", "socket", "terminal", "page", "command"]
"""Where a person is: a serial line, the console's socket, a terminal, the status page, one command of a shell."""
Means = Literal["", "pin", "token"]


@dataclass(frozen=True, slots=True)
class PersonEvent(Event):
    """`act_id`: whoever tells it has made it; told twice, it stands here once. `person`, `role`: "" = not known here.

    `happened_at`: RFC 3339, by the clock of whoever tells it; the record's own time is when it was told. `told_by`: the
    client that told it, so that one who tells what never was is seen.
    """

    SUBJECT: ClassVar[str] = "act_id"

    act_id: str
    person: str
    role: str
    channel: Channel
    happened_at: str
    told_by: str


@dataclass(frozen=True, slots=True)
class SignedIn(PersonEvent):
    """`means`: how they showed who they are."""

    means: Means = ""


@dataclass(frozen=True, slots=True)
class SignedOut(PersonEvent):
    """By themselves, by hanging up, or because nothing was done for long."""


@dataclass(frozen=True, slots=True)
class SignInRefused(PersonEvent):
    """The name or the PIN, or the token, was wrong. `times`: how many such this stands for."""

    means: Means = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class SignInSlowed(PersonEvent):
    """Too many wrong tries: nothing was compared. `times`: how many such in a row since the one told before."""

    means: Means = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class CommandDone(PersonEvent):
    """A command that changes something came to its end. `command`: as typed, without secrets; `result`: in a word."""

    command: str
    result: str


Act = SignedIn | SignedOut | SignInRefused | SignInSlowed | CommandDone
