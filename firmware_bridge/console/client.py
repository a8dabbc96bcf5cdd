"""Beside a till: the till's local API, asked by the console as the person who is signed in. Never waits for ever.

A thin layer over firmware_bridge.client with the patience of somebody who sits and waits: a till that is not there is
told at once, and a command is asked about for 15 seconds at most.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from firmware_bridge.client import errors
from firmware_bridge.client.asking import Asker, Patience
from firmware_bridge.client.line import Call, NotReached, Reply, Tcp, TokenFile, Unanswered
from firmware_bridge.client.replies import problem_of
from firmware_bridge.errors import UserError
from firmware_bridge.words.table import Language

Json = dict[str, Any]
ANSWER_S = 5.0
"""How long a question may take; a command waits for its end `WAIT_S` longer."""
WAIT_S = 10
SILENCE_S = 40.0
"""A stream of events says something every 15 s; silence for so long is a till that is away."""
_LONGEST: Final = 1024 * 1024  # bytes of a line of events
_PATIENCE: Final = Patience(
    command_s=ANSWER_S + WAIT_S, question_s=0.0, wait_s=WAIT_S, answer_s=ANSWER_S, away_s=0.0, longest_pause_s=1.0
)


class TillAway(UserError):
    """Nobody answers at the till's address; whether a command that was sent happened is not known."""


class Refused(UserError):
    """The till said no; `status` is HTTP's, `outcome` says whether anything happened."""

    def __init__(self, status: int, answer: Json) -> None:
        super().__init__(str(answer.get("detail") or answer.get("title") or f"status {status}"))
        self.status = status
        self.outcome = str(answer.get("outcome", "none"))


class Stream:
    """A till's events as they come. One thread reads; `stop` ends its reading from any other."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def lines(self) -> Iterator[str]:
        """The data of each event. Raises TillAway when it ends, whoever ended it."""
        try:
            while line := self._call.line(SILENCE_S, _LONGEST):
                if line.startswith(b"data: "):
                    yield line[6:].decode("utf-8", "replace")
        except (Unanswered, TimeoutError) as error:
            raise TillAway("the till's events have ended") from error
        raise TillAway("the till's events have ended")

    def stop(self) -> None:
        """Whoever reads finds the end."""
        self._call.close()

    def close(self) -> None:
        """Hang up."""
        self._call.__exit__(None, None, None)


class _Asker(Asker):
    """Asks for sentences in one language."""

    language: Language = "en"

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Accept-Language": self.language}


class Api:
    """`address`: host and port of the till's listener; `token_file`: of whom it is asked as; `language`: of sentences.

    One connection a call.
    """

    def __init__(self, address: tuple[str, int], token_file: str, language: Language = "en") -> None:
        self._place = Tcp(*address)
        self._asker = _Asker(lambda: self._place, TokenFile(token_file), _PATIENCE)
        self._asker.language = language

    def get(self, path: str) -> Json:
        """Raises TillAway, Refused."""
        try:
            answer: Json = json.loads(self._asker.question(path).body)
        except errors.TillError as error:
            self._say(error)
        except ValueError as error:
            raise Refused(200, {"detail": "what answers at the till's address is no till"}) from error
        return answer

    def text(self, path: str) -> str:
        """A receipt as text. Raises as `get`."""
        try:
            return self._asker.question(path, "text/plain").body.decode("utf-8", "replace")
        except errors.TillError as error:
            self._say(error)

    def stream(self, path: str) -> Stream:
        """Server-sent events, from now on. Raises TillAway, Refused."""
        try:
            call = Call(self._place, ANSWER_S)
        except NotReached as error:
            raise TillAway(f"the till does not answer at {self._place}") from error
        try:
            status, told = call.ask("GET", path, self._asker.headers(), None, ANSWER_S)
            media = told.get("content-type", "")
            if status != 200 or not media.startswith("text/event-stream"):
                problem = problem_of(Reply(status, told, call.body()))
                why = problem.detail if problem is not None else "no events are to be had from the till"
                raise Refused(status, {"detail": why})
        except Unanswered as error:
            call.__exit__(None, None, None)
            raise TillAway(f"the till does not answer at {self._place}") from error
        except UserError:
            call.__exit__(None, None, None)
            raise
        return Stream(call)

    def post(self, path: str, body: Json) -> Json:
        """A command under an id of its own; how it stands when it is not at its end in time. Raises TillAway (it may
        have happened), Refused."""
        try:
            return self._asker.command("POST", path, {"id": f"console-{uuid.uuid4()}", **body})
        except errors.StillAtWork as error:
            return error.answer
        except errors.TillError as error:
            self._say(error)

    def _say(self, error: errors.TillError) -> NoReturn:
        if isinstance(error, errors.Refused):
            problem = error.problem
            raise Refused(error.status, {"detail": problem.detail, "outcome": problem.outcome}) from error
        text = f"the till does not answer at {self._place}"
        if isinstance(error, errors.Doubtful):
            text = f"{text}; whether it happened is not known"
        raise TillAway(text) from error
