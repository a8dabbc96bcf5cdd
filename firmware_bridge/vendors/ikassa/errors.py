"""Where iKassa says no on a sale's way: every documented result code, what it means, and what the cashier is told.

One table. Source of a row: `book` = the vendor's books (smartx.imlab.by, page of response codes), `page` = the page on
adding receipts (smartx-marking.imlab.by), whose code the books do not list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from drivers.errors import Refused, Unanswered
from firmware_bridge.vendors.ikassa.messages import Answer

ROLE: Final = "iKassa"
Verdict = Literal[
    "done",
    "sign_in_again",  # the PIN or token is wanted: nothing was done; once more with a new one
    "shift_closed",  # said no, because there is no open shift
    "shift_opened",  # it is open already: what an opening wants is so
    "shift_ended",  # it is closed already: what a closing wants is so
    "shift_too_old",  # said no, because the shift is older than 24 hours
    "unfinished",  # a sale on the till is not finished; it may be ours
    "duplicate",  # a receipt handed over under this id is there already
    "operator",  # said no; something has to be put right at the till; nothing was done
    "refused",  # said no to what was sent; nothing was done
    "unclear",  # said no without saying why
]


@dataclass(frozen=True, slots=True)
class Row:
    """`sentence`: what is wrong and what the cashier should do. `final`: trying again as it is would end likewise."""

    code: int
    verdict: Verdict
    sentence: str
    final: bool = False
    source: Literal["book", "page"] = "book"


TABLE: Final[tuple[Row, ...]] = (
    Row(200, "done", "it is done"),
    Row(399, "unclear", "iKassa could not do it: read what it says, put that right at the till, then try again"),
    Row(400, "shift_closed", "the shift is not open at iKassa any more: open a shift, then try again"),
    Row(401, "sign_in_again", "iKassa wants its PIN, and signing in did not help: have the configuration put right"),
    Row(402, "refused", "iKassa takes no sum below 0.01: correct the sum", final=True),
    Row(403, "refused", "a price is below 0 or too large for iKassa: correct the price", final=True),
    Row(404, "refused", "the discounts are larger than the goods: correct the discount", final=True),
    Row(405, "sign_in_again", "iKassa does not accept the token, and signing in again did not help: check the PIN"),
    Row(406, "shift_opened", "the shift is open at iKassa already"),
    Row(407, "operator", "iKassa's certificate has expired: call the service that maintains the till"),
    Row(408, "shift_ended", "the shift is closed at iKassa already"),
    Row(409, "operator", "iKassa is blocked or not set up: put that right at the till, then try again"),
    Row(410, "unfinished", "a sale at iKassa is not finished: finish or cancel it in the till's own application"),
    Row(411, "refused", "iKassa has no receipt that could be annulled", final=True),
    Row(412, "shift_too_old", "the shift at iKassa is older than 24 hours: close it, then open a new one"),
    Row(413, "refused", "iKassa cannot read the request: tell the technician", final=True),
    Row(414, "refused", "the sum is too large for iKassa: divide the sale", final=True),
    Row(415, "refused", "a quantity is below 0.001: correct the quantity", final=True),
    Row(416, "refused", "a quantity is above 9999.999: divide the line", final=True),
    Row(418, "refused", "iKassa needs the RRN of the card payment: give the one of the sale's card slip", final=True),
    Row(
        491,
        "duplicate",
        "iKassa has a receipt with this id already, and this till did not hand it over: tell the technician",
        final=True,
        source="page",
    ),
)

_ROWS: Final = {row.code: row for row in TABLE}
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an answer means. `words` are the till's own, cut to one short line."""

    code: int
    verdict: Verdict
    sentence: str
    words: str = ""
    final: bool = False

    @property
    def told(self) -> str:
        """The sentence for the cashier, with the till's words behind it."""
        words = f'"{self.words}", ' if self.words else ""
        return f"{self.sentence} (iKassa: {words}code {self.code})"


def judge(code: int, words: str = "") -> Judgement:
    """Return what this result code means; one that no paper lists is `unclear`."""
    row = _ROWS.get(code) or Row(
        code, "unclear", "iKassa refused it with a code that its papers do not list: read what it says"
    )
    text = " ".join(words.split())
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return Judgement(code, row.verdict, row.sentence, cut, row.final)


class Rejected(Refused):
    """iKassa answered, and the answer is no. `judgement` says which no; `answer` is the whole of it."""

    def __init__(self, judgement: Judgement, answer: Answer) -> None:
        super().__init__(judgement.told, role=ROLE)
        self.judgement = judgement
        self.answer = answer


class Unclear(Unanswered):
    """iKassa answered, and the answer does not tell whether anything was done."""

    def __init__(self, text: str) -> None:
        super().__init__(text, role=ROLE)
