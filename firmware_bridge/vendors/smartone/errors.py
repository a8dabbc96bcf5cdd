"""Where SmartOne says no on a sale's way: every documented code, what it means, and what the cashier should do.

Source: SmartOne Cashbox (ECR), list of codes. Core-cashbox tells no codes, only a text: what it said no to is looked up
in its reports before anything is believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from drivers.errors import Refused, Unanswered

ROLE: Final = "SmartOne"
Verdict = Literal[
    "refused",  # said no; nothing was done
    "no_shift",  # said no, because no shift is open
    "expired",  # said no, because the shift is open too long
    "unknown",  # there is no such document
    "declined",  # the card was refused
    "configuration",  # a technician's matter; nothing was done
    "doubt",  # it may have been done
]


@dataclass(frozen=True, slots=True)
class Row:
    """`means`: what is wrong. `advice`: what to do. `final`: trying again as it is would end likewise."""

    code: int
    verdict: Verdict
    means: str
    advice: str
    final: bool = False

    @property
    def sentence(self) -> str:
        return f"{self.means}: {self.advice}"


_TELL: Final = "tell the technician"

TABLE: Final[tuple[Row, ...]] = (
    Row(1, "configuration", "the signature is wrong", "have the merchant id in the configuration put right"),
    Row(2, "configuration", "the register could not read the request", _TELL, final=True),
    Row(3, "refused", "a parameter is missing", _TELL, final=True),
    Row(4, "refused", "the total is not what the positions come to", "have item_amount put right", final=True),
    Row(5, "doubt", "the register broke down over it", "the till asks what became of it"),
    Row(6, "no_shift", "no shift is open, or one is open already", "open a shift, then try again"),
    Row(7, "refused", "the register does not take this means of payment", "let the customer pay otherwise", final=True),
    Row(8, "refused", "the payments are less than the total", "take the whole amount", final=True),
    Row(9, "unknown", "there is no such document", "look for it at the register"),
    Row(10, "unknown", "the document was not registered", "make it again"),
    Row(11, "refused", "change is possible from cash alone", "take the exact amount by card", final=True),
    Row(12, "refused", "this tax rate is not accepted", "have the tax groups put right", final=True),
    Row(13, "refused", "a loan is paid back by one means of payment alone", "take one means of payment", final=True),
    Row(15, "refused", "a loan is paid back by one means of payment alone", "take one means of payment", final=True),
    Row(16, "refused", "the tax rate is wrong", "have the tax groups put right", final=True),
    Row(18, "refused", "a returned item is not in the sale", "choose the sale that it was in", final=True),
    Row(19, "refused", "more is returned than was sold", "look what was returned before", final=True),
    Row(20, "refused", "the number of the advance document is missing", _TELL, final=True),
    Row(21, "refused", "an item is not in the advance document", "choose the right one", final=True),
    Row(22, "expired", "the shift is open too long", "close it and open a new one"),
    Row(24, "refused", "open orders remain", "finish them at the register, or have open_orders put right"),
    Row(26, "refused", "nothing was registered in the shift", "it need not be closed: sell in it, or close it later"),
    Row(27, "refused", "cash is left in the shift", "register it as taken out first, then close"),
    Row(36, "refused", "it was returned already and cannot be cancelled", "nothing is left to do", final=True),
    Row(39, "doubt", "the shift's data could not be updated", "the till asks how the shift stands"),
    Row(40, "doubt", "the shift's data could not be updated", "the till asks how the shift stands"),
)
_ROWS: Final = {row.code: row for row in TABLE}
NO_CASH: Final = Row(9, "refused", "there is not enough cash in the register", "put cash in, or take out less")
_OTHER: Final = Row(-1, "doubt", "the register said no with a code that its list does not have", "the till asks")
_WORDS: Final = Row(0, "refused", "the register said no", "see its words")
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a refusal means. `words`: the register's own, on one short line. `code`: None where it tells none."""

    verdict: Verdict
    sentence: str
    words: str = ""
    code: int | None = None
    final: bool = False

    @property
    def told(self) -> str:
        """The sentence for the cashier, with the register's words behind it."""
        code = "" if self.code is None else f"code {self.code}"
        said = ", ".join(part for part in (code, f'"{self.words}"' if self.words else "") if part)
        return f"{self.sentence} (SmartOne: {said})" if said else self.sentence


def judge(code: int | None, message: str, operation: str = "", declined: tuple[int, ...] = ()) -> Judgement:
    """What a refusal means. `operation`: "withdraw" gives code 9 another meaning. Never raises."""
    words = " ".join(message.split())
    words = words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
    if code in declined:
        return Judgement("declined", "the card was refused: let the customer pay otherwise", words, code)
    row = _WORDS if code is None else _ROWS.get(code, _OTHER)
    if code == NO_CASH.code and operation == "withdraw":
        row = NO_CASH
    sentence = row.means if row is _WORDS else row.sentence
    return Judgement(row.verdict, sentence, words, code, row.final)


class Rejected(Refused):
    """SmartOne answered, and the answer is no. `judgement` says which no."""

    def __init__(self, judgement: Judgement) -> None:
        super().__init__(judgement.told, role=ROLE)
        self.judgement = judgement


class Unclear(Unanswered):
    """SmartOne answered, and the answer does not tell whether anything was done."""

    def __init__(self, text: str) -> None:
        super().__init__(text, role=ROLE)
