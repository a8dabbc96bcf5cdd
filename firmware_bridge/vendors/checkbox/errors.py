"""Where Checkbox says no on a sale's way: from its answer to a verdict and a sentence; the rows are in `refusals`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from drivers.errors import Refused, Unanswered
from firmware_bridge.vendors.checkbox.messages import Failure
from firmware_bridge.vendors.checkbox.refusals import TABLE, Row, Verdict

ROLE: Final = "Checkbox"
ABOUT_DOCUMENTS: Final = (400, 409, 422)
_SAID_NO: Final = Row(400, "", "", "refused", "Checkbox refused it", source="assumed")
_BROKEN: Final = Row(0, "", "", "doubt", "Checkbox broke down over the request", source="assumed")
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an answer that is no success means. `words` are the vendor's own, cut to one short line."""

    verdict: Verdict
    sentence: str
    status: int
    words: str = ""
    final: bool = False
    passing: bool = False

    @property
    def passes(self) -> bool:
        """Is it no word about the document? Then the same document may be taken later."""
        return self.passing or self.verdict == "later" or self.status not in ABOUT_DOCUMENTS

    @property
    def told(self) -> str:
        """The sentence for the cashier, with the vendor's words behind it."""
        return f'{self.sentence} (Checkbox: "{self.words}")' if self.words else self.sentence


def judge(status: int, body: bytes) -> Judgement:
    """Return what an answer of `status` 400 or above (or a redirect) with this body means. Never raises."""
    failure = _read(body)
    words = _one_line(failure)
    row = _find(status, failure)
    return Judgement(row.verdict, row.sentence, status, words or f"status {status}", row.final, row.passing)


def _find(status: int, failure: Failure) -> Row:
    rows = [row for row in TABLE if row.status == status]
    for row in rows:
        if row.code and row.code == failure.code:
            return row
    for row in rows:
        if row.text and failure.message.startswith(row.text) and failure.message.endswith(row.end):
            return row
    for row in rows:
        if not row.text:
            return row
    return _SAID_NO if 400 <= status < 500 and status != 408 else _BROKEN


def _read(body: bytes) -> Failure:
    try:
        return msgspec.json.decode(body, type=Failure)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Failure()


def _one_line(failure: Failure) -> str:
    places = [f"{'.'.join(str(part) for part in one.loc)}: {one.msg}" for one in failure.detail[:5]]
    text = " ".join("; ".join([failure.message, *places]).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


class Rejected(Refused):
    """Checkbox answered, and the answer is no. `judgement` says which no."""

    def __init__(self, judgement: Judgement) -> None:
        super().__init__(judgement.told, role=ROLE)
        self.judgement = judgement


class Unclear(Unanswered):
    """Checkbox answered, and the answer does not tell whether anything was done."""

    def __init__(self, text: str) -> None:
        super().__init__(text, role=ROLE)
