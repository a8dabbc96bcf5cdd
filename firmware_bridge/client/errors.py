"""Before a sale's way: how a request can end otherwise than well, as exceptions that say whether anything happened.

TillError
├── TillAway       nobody was reached: nothing was sent, nothing happened
├── NotATill       what answers a question there is no till, or one whose answers this client does not know
├── Doubtful       a command was sent and its end is not known: ask again with the same `command_id`
│   └── StillAtWork    the till has it, durably, and is not at its end with it
├── Untold         a command is done; the till tells no more of it than `answer`
└── Refused        the till said no (RFC 9457); `outcome` says whether anything happened
    ├── BadContent     400, 413, 415, 422: what was sent is wrong, `errors` names the members
    ├── NotAllowed     401, 403, 421: the token, the role, or a manager is missing
    ├── NotThere       404, 405: there is no such thing
    ├── NotNow         409: as things stand (no shift is open, the printer is silent …); the id is free
    ├── IdTaken        409: another command has this id
    ├── Declined       409: it was accepted and then did not happen; the id is bound to that for ever
    └── TooMuch        429, 503: too much at once; nothing happened
"""

from __future__ import annotations

from typing import Any, Final, Literal

from msgspec import UNSET

from firmware_bridge.api.answer_schema import FieldFault, Problem
from firmware_bridge.errors import UserError

URN: Final = "urn:firmware-bridge:problem:"


class TillError(UserError):
    """Base of everything that the client raises about a request."""


class TillAway(TillError):
    """No connection could be made as long as there was time: nothing was sent, nothing happened."""


class NotATill(TillError):
    """A question was answered by something that is no till, or no answer to it came; nothing happened."""


class Doubtful(TillError):
    """A command was sent and no answer to it came. Whoever goes on asks again with `command_id`, never with a new id.

    `sendings`: how often it may have been sent.
    """

    def __init__(self, text: str, command_id: str, sendings: int) -> None:
        super().__init__(text, f"ask again with the id {command_id}: the same id never happens twice")
        self.command_id = command_id
        self.sendings = sendings


class StillAtWork(Doubtful):
    """The till has the command, and was not at its end with it when there was no more time, or a person is needed.

    `answer`: how it stands, as GET `location` tells it (of a document: `state`, `doubts`); `person_needed`: it does
    not go on before somebody looks, answers or counts.
    """

    def __init__(
        self, text: str, command_id: str, sendings: int, location: str, answer: dict[str, Any], *, person_needed: bool
    ) -> None:
        super().__init__(text, command_id, sendings)
        self.location = location
        self.answer = answer
        self.person_needed = person_needed


class Untold(TillError):
    """A command was carried out, and the answer is not what this client expects: its paper has left the journal, or
    the till is of another release."""

    def __init__(self, text: str, command_id: str, answer: dict[str, Any]) -> None:
        super().__init__(text, "look at the document; the command itself is done")
        self.command_id = command_id
        self.answer = answer


class Refused(TillError):
    """The till said no. `unanswered`: how often this command was sent before without an answer.

    With `outcome` none the id is free. Where `unanswered` is not 0 a lost sending may still arrive: what is sent
    instead has to have the same id, so that one of the two at most happens.
    """

    def __init__(self, problem: Problem, unanswered: int = 0) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.unanswered = unanswered

    @property
    def status(self) -> int:
        """HTTP's."""
        return self.problem.status

    @property
    def type(self) -> str:
        """The problem's `type` without what all have in common ("shift-closed"); it stays from release to release."""
        return self.problem.type.removeprefix(URN)

    @property
    def outcome(self) -> Literal["none", "refused", "doubtful"]:
        """Did anything happen?"""
        return self.problem.outcome

    @property
    def errors(self) -> tuple[FieldFault, ...]:
        """What is wrong with which member ("lines[0].price"); empty where no member is to blame."""
        return () if self.problem.errors is UNSET else tuple(self.problem.errors)

    @property
    def document(self) -> dict[str, Any] | None:
        """The document as it stands that the till shows with its refusal, if it does."""
        return None if self.problem.document is UNSET else self.problem.document


class BadContent(Refused):
    """What was sent is wrong; nothing happened. The same id can be sent with other content."""


class NotAllowed(Refused):
    """The token is not known, the role may not do this, or a manager has to approve it; nothing happened."""


class NotThere(Refused):
    """There is no such document, drawer, count, book, device or path."""


class NotNow(Refused):
    """As things stand it cannot be done; nothing happened, and the same id can be sent again later."""


class IdTaken(Refused):
    """Another command has this id; `document` is what was made of it."""


class Declined(Refused):
    """It was accepted and then did not happen (the register refused the sale, the drawer stayed shut). For good."""


class TooMuch(Refused):
    """Too much at once; nothing happened."""


_BY_STATUS: Final[dict[int, type[Refused]]] = {
    **dict.fromkeys((400, 408, 413, 415, 422), BadContent),
    **dict.fromkeys((401, 403, 421), NotAllowed),
    **dict.fromkeys((404, 405), NotThere),
    **dict.fromkeys((429, 503), TooMuch),
    409: NotNow,
}


def refusal(problem: Problem, unanswered: int = 0) -> Refused:
    """The exception for a problem document."""
    kind = _BY_STATUS.get(problem.status, Refused)
    if problem.outcome == "refused":
        kind = Declined
    elif problem.type == f"{URN}id-reused":
        kind = IdTaken
    return kind(problem, unanswered)


def bad_content(detail: str, errors: list[FieldFault], slug: str = "invalid") -> BadContent:
    """What is wrong already here, in the till's own words: nothing was sent."""
    title = "The content is not valid"
    return BadContent(
        Problem(type=URN + slug, title=title, status=422, detail=detail, outcome="none", errors=errors or UNSET)
    )
