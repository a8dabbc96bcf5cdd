"""Before a sale's way: a command is asked for until its end is known, always with the same id; questions as they come.

What a lost answer means is not guessed. A command that may have arrived is sent again with the id that it had: a till
that knows the id answers what became of it, and one that does not know it has done nothing. What the till has taken
and not ended (202) is looked at where it says (Location) and asked for again, until it is at its end, a person is
needed, or there is no more time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from firmware_bridge.api.answer_schema import Problem
from firmware_bridge.client.errors import (
    Doubtful,
    NotATill,
    Refused,
    StillAtWork,
    TillAway,
    TillError,
    Untold,
    refusal,
)
from firmware_bridge.client.line import NotReached, Place, Reply, Token, Unanswered, exchange
from firmware_bridge.client.replies import plain, problem_of, retry_after
from firmware_bridge.errors import UserError

Json = dict[str, Any]
MAX_WAIT: Final = 60
"""Seconds that a till lets itself be asked to wait (Prefer: wait=N)."""
_LEAST_S: Final = 1.0
#: By themselves these are over after a while; and at these the till has not looked whether it knows the id.
_PASSING: Final = (408, 429, 502, 503, 504)
_AT_THE_DOOR: Final = (401, 403, 421)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. `command_s`, `question_s`: until either is given up, unless the call says otherwise.

    `wait_s`: how long the till may wait for a command's end before it says that it is still at work (whole seconds, 60
    at most); `answer_s`: how long an answer may take beyond that. `away_s`: how long a till that nobody was ever
    connected to is tried again. Between two sendings `first_pause_s`, doubled each time up to `longest_pause_s`, or
    what the till asks for (Retry-After).
    """

    command_s: float = 90.0
    question_s: float = 10.0
    wait_s: int = 20
    answer_s: float = 10.0
    away_s: float = 90.0
    first_pause_s: float = 0.1
    longest_pause_s: float = 2.0


@dataclass(slots=True)
class _Story:
    """What has come of one request so far. `until`: when it is given up; `at`, `answer`: where the till works on it."""

    what: str
    command_id: str
    began: float
    until: float
    pause: float
    sent: int = 0
    unanswered: int = 0
    at: str = ""
    answer: Json = field(default_factory=dict)
    last: Exception | None = None
    doubt: Problem | None = None


class Asker:
    """Asks one till. Every call can be made from any thread; nothing is kept open between two calls.

    `where` and `token` are looked up for each sending, so that a till that comes back elsewhere is found.
    """

    def __init__(
        self,
        where: Callable[[], Place],
        token: Token | None,
        patience: Patience,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._where = where
        self._token = token
        self.patience = patience
        self.clock = clock
        self.sleep = sleep

    def headers(self) -> dict[str, str]:
        """Who asks. Raises UserError when the token cannot be read."""
        return {} if self._token is None else {"Authorization": f"Bearer {self._token.read()}"}

    @property
    def place(self) -> Place:
        """Where the till is now."""
        return self._where()

    # --- questions --------------------------------------------------------------------------------------------------

    def question(self, path: str, media: str = "application/json", within: float | None = None) -> Reply:
        """GET: the answer (200) of this type. Raises TillAway, NotATill, Refused."""
        story = self._story(f"GET {path}", "", self.patience.question_s if within is None else within)
        while True:
            headers = self._signed(story, None)
            reply = self._sent(story, "GET", path, None, headers, self._limit(story, self.patience.answer_s))
            if reply is not None and reply.status == 200 and reply.media == media:
                return reply
            pause = self._judged(story, reply)
            if pause is None:
                story.last = Unanswered(f"what answers {story.what} at {self.place} is no till")
            self._again(story, pause)

    # --- commands ---------------------------------------------------------------------------------------------------

    def command(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        within: float | None = None,
        approval: Token | None = None,
    ) -> Json:
        """Have `body` done, which has its `id`; the answer of the till when it is done, now or before (200, 201).

        `within`: seconds for all of it; 0 = it is sent once and not waited for. `approval`: of a manager. Raises
        TillAway, Doubtful, StillAtWork, Refused, and UserError when a token cannot be read.
        """
        story = self._story(f"{method} {path}", str(body["id"]), self.patience.command_s if within is None else within)
        content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        while True:
            wait, limit = self._shares(story)
            headers = {"Content-Type": "application/json", "Prefer": f"wait={wait}"}
            reply = self._sent(story, method, path, content, {**headers, **self._signed(story, approval)}, limit)
            answer = plain(reply)
            if reply is not None and answer is not None and reply.status in (200, 201):
                return answer
            if reply is not None and answer is not None and reply.status == 202:
                self._at_work(story, reply, answer)
                self._again(story, None)
                continue
            pause = self._judged(story, reply)
            if pause is None:
                story.unanswered += 1
                story.last = Unanswered(f"what answers {story.what} at {self.place} is no till")
            self._again(story, pause)

    def _signed(self, story: _Story, approval: Token | None) -> dict[str, str]:
        """Who asks, and the manager who approves. A token that is gone is no reason to forget what was sent before."""
        try:
            more = {} if approval is None else {"Approved-By": f"Bearer {approval.read()}"}
            return {**self.headers(), **more}
        except UserError as error:
            if story.command_id and (story.unanswered or story.answer):
                story.last = error
                self._end(story)
            raise

    def _shares(self, story: _Story) -> tuple[int, float]:
        """How long the till shall wait for the end, and how long its answer may take in all."""
        left = max(0.0, story.until - self.clock())
        wait = int(min(self.patience.wait_s, MAX_WAIT, left - min(self.patience.answer_s, left / 2)))
        return wait, self._limit(story, wait + self.patience.answer_s)

    def _limit(self, story: _Story, wanted: float) -> float:
        """What is left of the time, up to `wanted`; an exchange that begins has its chance, though."""
        if story.until <= story.began:
            return wanted
        return min(wanted, max(story.until - self.clock(), _LEAST_S))

    def _at_work(self, story: _Story, reply: Reply, answer: Json) -> None:
        """202: it is durable. Raises StillAtWork when it does not go on without a person."""
        story.at, story.answer = reply.headers.get("location", ""), answer
        if story.at.startswith("/v1/") and not _waits_for_a_person(answer):
            shown = self._shown(story.at, self._limit(story, self.patience.answer_s))
            story.answer = answer if shown is None else shown
        if _waits_for_a_person(story.answer):
            self._end(story)

    def _shown(self, path: str, limit: float) -> Json | None:
        """What stands at a Location; None when it cannot be had at the moment."""
        try:
            reply = exchange(self.place, "GET", path, self.headers(), None, limit)
        except (NotReached, Unanswered):
            return None
        return plain(reply) if reply.status == 200 else None

    # --- one sending ------------------------------------------------------------------------------------------------

    def _story(self, what: str, command_id: str, within: float) -> _Story:
        now = self.clock()
        return _Story(what, command_id, now, now + within, self.patience.first_pause_s)

    def _sent(
        self,
        story: _Story,
        method: str,
        path: str,
        content: bytes | None,
        headers: Mapping[str, str],
        limit: float,
    ) -> Reply | None:
        """The answer of one sending; None: there was none."""
        story.last = story.doubt = None
        try:
            reply = exchange(self.place, method, path, headers, content, limit)
        except NotReached as error:
            story.last = error
            if not story.sent and self.clock() - story.began >= self.patience.away_s:
                self._end(story)
            return None
        except Unanswered as error:
            story.sent += 1
            story.unanswered += 1
            story.last = error
            return None
        story.sent += 1
        return reply

    def _judged(self, story: _Story, reply: Reply | None) -> float | None:
        """A "no": raises Refused, or returns the seconds after which it is to be asked again. None: it is no answer
        of a till."""
        if reply is None:
            return self._pause(story)
        problem = problem_of(reply)
        if problem is None:
            return None
        if problem.outcome == "doubtful":
            story.unanswered += 1
            story.doubt = problem
        else:
            story.last = refusal(problem, story.unanswered)
            if problem.status not in _PASSING:
                self._refused(story, story.last)
        return max(self._pause(story), retry_after(reply))

    def _refused(self, story: _Story, said: Refused) -> NoReturn:
        """A definite no, unless it was said at the door or after a yes: that tells nothing of an earlier sending."""
        at_the_door = story.unanswered and said.status in _AT_THE_DOOR
        if story.command_id and said.outcome == "none" and (at_the_door or story.answer):
            self._end(story)
        raise said

    def _pause(self, story: _Story) -> float:
        found, story.pause = story.pause, min(story.pause * 2, self.patience.longest_pause_s)
        return found

    def _again(self, story: _Story, pause: float | None) -> None:
        """Wait for the next sending; ends the story when there is no time for it."""
        wanted = self._pause(story) if pause is None else pause
        if self.clock() + wanted >= story.until:
            self._end(story)
        self.sleep(wanted)

    def _end(self, story: _Story) -> NoReturn:
        """No more time, or no more use: say what is known."""
        known = self._known(story)
        if known is story.last:
            raise known
        raise known from story.last

    def _known(self, story: _Story) -> TillError:
        place = self.place
        if story.answer and story.command_id:
            needed = _waits_for_a_person(story.answer)
            why = "and needs a person" if needed else "and has not finished it"
            text = f"The till has {story.command_id} ({story.what}) {why}"
            known = (story.command_id, story.sent, story.at, story.answer)
            return StillAtWork(text, *known, person_needed=needed)
        if story.unanswered and story.command_id:
            why = story.doubt.detail if story.doubt is not None else str(story.last or "no answer came")
            text = f"It is not known whether {story.command_id} ({story.what}) happened: {why}"
            return Doubtful(text, story.command_id, story.sent)
        if isinstance(story.last, TillError):
            return story.last
        if story.sent:
            return NotATill(f"{place} gave no answer to {story.what}: {story.last}")
        return TillAway(f"The till does not answer at {place}: nothing was sent", "is firmware-bridge running?")


def untold(command_id: str, answer: Json, why: Exception) -> Untold:
    """Of an answer to a command that has not the form that was expected."""
    return Untold(f"{command_id} is done, and the till tells it in another form: {why}", command_id, answer)


def _waits_for_a_person(answer: Json) -> bool:
    """As the till says of a document, or of the closing of a shift that waits for a count."""
    closing = answer.get("closing")
    return bool(answer.get("person_needed")) or (isinstance(closing, dict) and closing.get("state") == "count")
