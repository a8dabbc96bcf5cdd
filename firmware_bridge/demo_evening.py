"""After the last sale's way, on the demo day: what was asked for against paper, fiscaliser's books and cash book.

Pure. The till's journal is not asked: a document that was acknowledged and is on no paper, or in no book, is lost; what
stands twice, or was never asked for, is doubled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from firmware_bridge.demo_book import Told
from firmware_bridge.demo_customers import Asked

#: Paper that is no sale and no return: cash slips, reports, and what a buyer gets until the receipt is registered.
OTHER_PAPER: Final = frozenset({"cash", "cash_in", "cash_out", "report", "x_report", "shift_report", "waiting"})
_REGISTERED: Final[Mapping[str, str]] = {"sale": "SELL", "return": "RETURN"}


@dataclass(frozen=True, slots=True)
class OnPaper:
    """A document as found on paper: complete unmarked `originals`, complete marked `copies`.

    On the paper of a register `kind` is "fiscal" and `number` the fiscal number.
    """

    number: str
    kind: str
    originals: int
    copies: int


@dataclass(frozen=True, slots=True)
class Registered:
    """A sale or return that the tax service has, as the vendor's books tell of it.

    `document_id` is ours, which the vendor keeps beside the receipt; `type`: SELL or RETURN; `total` in kopecks before
    cash is rounded.
    """

    document_id: str
    number: str
    type: str
    total: int


@dataclass(frozen=True, slots=True)
class Books:
    """The fiscaliser's books of the day; `balance`: the cash that it counts, kopecks.

    `offline`: how many of them were made while it, or the tax service behind it, could not be reached.
    """

    registered: tuple[Registered, ...]
    balance: int
    offline: int = 0

    @classmethod
    def of(cls, books: Mapping[str, Any]) -> Self:
        """From Checkbox's books: what is DONE has a fiscal number; all else is no document."""
        done = [row for row in books["receipts"] if row["status"] == "DONE" and row["fiscal_code"]]
        return cls(
            tuple(
                Registered((row["context"] or {}).get("sale_id", ""), row["fiscal_code"], row["type"], row["total_sum"])
                for row in done
            ),
            books["balance"],
            sum(row["is_created_offline"] for row in done),
        )


@dataclass(slots=True)
class Result:
    """What paper and books say about the day. Cash in minor units: as the cashier has it (what lies in the drawer),
    as the till, the fiscaliser and the cash book expect it (None without one). `told`: of the cash book's deliveries,
    None without one; `lost` and `duplicated` are those of paper and fiscaliser. `openings` of the drawer are counted at
    the drawer itself; `openings_seen` are those that the till was not killed or cut off at.
    """

    sales: int = 0
    printed: int = 0
    fiscalised: int = 0
    made_offline: int = 0
    lost: int = 0
    duplicated: int = 0
    copies: int = 0
    cash_documents: int = 0
    openings: int = 0
    openings_seen: int = 0
    cash_in_drawer: int = 0
    cash_of_till: int = 0
    cash_of_register: int | None = None
    cash_of_book: int | None = None
    told: Told | None = None
    wrong_sums: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def money_agrees(self) -> bool:
        counted = {self.cash_in_drawer, self.cash_of_till} | ({self.cash_of_register, self.cash_of_book} - {None})
        return len(counted) == 1 and not self.wrong_sums

    @property
    def good(self) -> bool:
        return not self.figures["lost"] and not self.figures["duplicated"] and self.money_agrees

    @property
    def figures(self) -> dict[str, int]:
        """The keys of the last line; without a book nothing is delivered."""
        told = self.told or Told()
        return {
            "sales": self.sales,
            "printed": self.printed,
            "fiscalised": self.fiscalised,
            "delivered": told.delivered,
            "lost": self.lost + told.lost,
            "duplicated": self.duplicated + told.duplicated,
        }

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The same in more words, for people."""
        told = self.told
        figures = self.figures
        return [
            ("sales and returns asked for", str(self.sales)),
            ("of them on paper, complete", str(self.printed)),
            ("of them in the fiscaliser's books", "-" if self.cash_of_register is None else str(self.fiscalised)),
            ("of them made without its answer", "-" if self.cash_of_register is None else str(self.made_offline)),
            ("deliveries owed to the cash book", "-" if told is None else str(told.owed)),
            ("of them in its books", "-" if told is None else str(told.delivered)),
            ("marked copies", str(self.copies)),
            ("lost", str(figures["lost"])),
            ("unmarked, registered or booked twice", str(figures["duplicated"])),
            ("documents with cash", str(self.cash_documents)),
            ("drawer openings", str(self.openings)),
            ("of them seen by the till", "-" if told is None else str(self.openings_seen)),
            ("of these told to the cash book", "-" if told is None else str(told.openings)),
            ("cash in the drawer", _major(self.cash_in_drawer)),
            ("cash expected by the till", _major(self.cash_of_till)),
            ("cash in the fiscaliser's books", _major(self.cash_of_register)),
            ("cash expected by the cash book", _major(self.cash_of_book)),
        ]

    @property
    def all_notes(self) -> list[str]:
        """What a person has to know beyond the figures, one sentence each."""
        return self.notes + (self.told.notes if self.told is not None else [])


def _major(minor: int | None) -> str:
    return "-" if minor is None else f"{minor / 100:.2f}"


def count(
    made: Sequence[Asked], papers: Iterable[OnPaper], books: Books | None, *, own_numbers: bool = False
) -> Result:
    """Count the day. `made`: everything that was asked for; `books`: None when there is no fiscaliser. `own_numbers`:
    on its paper stand the till's numbers all the same."""
    result = Result(cash_documents=sum(1 for asked in made if asked.cash))
    trade = [asked for asked in made if asked.kind in _REGISTERED and asked.state != "refused"]
    result.sales = len(trade)
    on_paper = _on_paper(trade, papers, result, fiscal=books is not None and not own_numbers)
    in_books = None if books is None else _in_books(trade, books, result)
    result.printed = len(on_paper)
    result.fiscalised = 0 if in_books is None else len(in_books)
    for asked in trade:
        if asked.document_id not in on_paper or (in_books is not None and asked.document_id not in in_books):
            result.lost += 1
    return result


def _on_paper(trade: Sequence[Asked], papers: Iterable[OnPaper], result: Result, *, fiscal: bool) -> set[str]:
    """The ids of what is on paper, complete."""
    keys = {("fiscal", asked.fiscal) if fiscal else (asked.kind, asked.number): asked for asked in trade}
    found = set()
    for paper in papers:
        if paper.kind in OTHER_PAPER:
            continue
        asked = keys.get((paper.kind or "sale", paper.number))
        if asked is None:
            result.duplicated += paper.originals
            if paper.originals:
                result.notes.append(f"{paper.kind or 'paper'} {paper.number} was printed, but nobody asked for it")
            continue
        result.duplicated += max(0, paper.originals - 1)
        result.copies += paper.copies
        if paper.originals + paper.copies:
            found.add(asked.document_id)
    result.notes += [f"{_name(one)} is not on paper" for one in trade if one.document_id not in found]
    return found


def _in_books(trade: Sequence[Asked], books: Books, result: Result) -> set[str]:
    """The ids of what the fiscaliser has under the number that the till gave out."""
    asked_for = {asked.document_id: asked for asked in trade}
    found: set[str] = set()
    entries: dict[str, int] = {}
    for entry in books.registered:
        asked = asked_for.get(entry.document_id)
        if asked is None or _REGISTERED[asked.kind] != entry.type:
            result.duplicated += 1
            result.notes.append(f"{entry.type} {entry.number} is in the fiscaliser's books, but nobody was told of it")
            continue
        entries[asked.document_id] = entries.get(asked.document_id, 0) + 1
        if entries[asked.document_id] > 1:
            result.duplicated += 1
            result.notes.append(f"{_name(asked)} is in the fiscaliser's books more than once, also as {entry.number}")
        if entry.number == asked.fiscal:
            found.add(asked.document_id)
        if entry.total != asked.total:
            result.wrong_sums += 1
            result.notes.append(f"{_name(asked)}: {asked.total} at the till, {entry.total} in the fiscaliser's books")
    result.notes += [
        f"{_name(one)} is not in the fiscaliser's books as {one.fiscal or 'anything'}"
        for one in trade
        if one.document_id not in found
    ]
    result.cash_of_register = books.balance
    result.made_offline = books.offline
    return found


def _name(asked: Asked) -> str:
    return f"{asked.kind} {asked.number}"
