"""What is left of a sale when goods come back: its lines, less what every earlier return took back of them.

What `n` thousandths of a line are worth *together* is their share of the line's net sum (after all discounts), half
up; a part is worth the difference that it makes. So the parts add up to the sale exactly, in any order and any sizes,
and no sum of them is ever above their share. The taxes of a part are the difference that it makes too, at the rates
of the day of sale.

Money that an earlier return kept back (it gave less than the share, for a reason) stays kept back: no later part is
worth more for it. Only what rounding can explain, one minor unit for each earlier part, goes to the later ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from statemachines.arithmetic import BadSale, half_up, included_taxes, spread
from statemachines.vocabulary.commands import Refusal, ReturnedBefore
from statemachines.vocabulary.receipt import LineRequest, Original, Receipt, TaxAmount, TaxGroup, TaxRate


class NotReturnable(BadSale):
    """These goods cannot come back like this. `code` is stable, for programs."""

    def __init__(self, code: str, field: str, text: str) -> None:
        super().__init__(field, text)
        self.code = code

    @property
    def refusal(self) -> Refusal:
        return Refusal(self.code, self.text, self.field)


@dataclass(frozen=True, slots=True)
class Taken:
    """What came back of one sold line: thousandths, their net sum and the taxes in it."""

    line_no: int
    quantity: int
    amount: int
    taxes: tuple[TaxAmount, ...]


@dataclass(slots=True)
class SoldLine:
    """One sold line: `sold` thousandths for `paid` minor units (net), and what came back of it in `parts` parts.

    `group` is the tax group with the rates of the day of sale; None when they are not known (another till's sale).
    """

    line_no: int
    code: str
    sold: int
    paid: int
    group: TaxGroup | None = None
    returned: int = 0
    given_back: int = 0
    parts: int = 0

    @property
    def left(self) -> int:
        """Thousandths that have not come back."""
        return self.sold - self.returned

    @property
    def room(self) -> int:
        """What was paid and not given back, minor units."""
        return self.paid - self.given_back

    def worth(self, quantity: int) -> int:
        """The most that `quantity` thousandths (not more than are left) are given back for, minor units."""
        due = self._share(self.returned)
        explained = due - self.parts <= self.given_back
        return max(0, self._share(self.returned + quantity) - (self.given_back if explained else due))

    def least(self, quantity: int) -> int:
        """The least that counts as the share of `quantity` thousandths, whichever way it was rounded.

        The last part has no choice: it takes exactly what is left.
        """
        worth = self.worth(quantity)
        return worth if quantity == self.left else min(worth, self.paid * quantity // self.sold)

    def book(self, quantity: int, amount: int) -> Taken:
        """Write down that `quantity` thousandths came back for `amount`."""
        taken = Taken(self.line_no, quantity, amount, self._taxes(amount))
        self.returned += quantity
        self.given_back += amount
        self.parts += 1
        return taken

    def _taxes(self, amount: int) -> tuple[TaxAmount, ...]:
        """The taxes that giving `amount` back takes out of the line's own."""
        if self.group is None:
            return ()
        before = included_taxes(self.given_back, self.group)
        after = included_taxes(self.given_back + amount, self.group)
        return tuple(
            replace(tax, base=amount, amount=tax.amount - known.amount)
            for tax, known in zip(after, before, strict=True)
        )

    def _share(self, quantity: int) -> int:
        return half_up(self.paid * quantity, self.sold)


Part = tuple[SoldLine, int]
"""So many thousandths of a sold line."""


@dataclass(slots=True)
class Sold:
    """The lines of a sale that goods come back from."""

    lines: tuple[SoldLine, ...]
    _numbers: dict[int, SoldLine] = field(default_factory=dict, init=False)
    _codes: dict[str, list[SoldLine]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for line in self.lines:
            self._numbers[line.line_no] = line
            self._codes.setdefault(line.code, []).append(line)

    @classmethod
    def by_journal(cls, original: Receipt, returned: Sequence[ReturnedBefore]) -> Sold:
        """A sale that this till made."""
        lines = [
            SoldLine(
                line.line_no,
                line.request.code,
                line.request.quantity,
                line.sum,
                _group(line.request.tax_group, line.taxes),
            )
            for line in original.lines
        ]
        return cls(tuple(lines))._less(returned)

    @classmethod
    def by_word(cls, original: Original, returned: Sequence[ReturnedBefore]) -> Sold:
        """A sale as somebody tells it; its lines count from 1. Raises NotReturnable when it cannot be one."""
        for at, told in enumerate(original.lines):
            if told.quantity <= 0 or told.sum < 0:
                raise NotReturnable(
                    "invalid",
                    f"original.lines[{at}]",
                    f"{told.quantity} of {told.code!r} for {told.sum} cannot have been sold: a quantity is above 0 and "
                    "a sum not below.",
                )
        listed = sum(told.sum for told in original.lines)
        total = listed if original.total is None else original.total
        if total < listed:
            raise NotReturnable(
                "invalid",
                "original.total",
                f"The lines of the original add up to {listed}, above its total of {total}.",
            )
        lines = [SoldLine(at + 1, told.code, told.quantity, told.sum) for at, told in enumerate(original.lines)]
        return cls(tuple(lines))._less(returned)

    def number(self, line_no: int) -> SoldLine | None:
        return self._numbers.get(line_no)

    def code(self, code: str) -> list[SoldLine]:
        return self._codes.get(code, [])

    def like(self, first: SoldLine) -> list[SoldLine]:
        """This line and those after it with the same article at the same taxes."""
        return [line for line in self.code(first.code) if line.line_no >= first.line_no and line.group == first.group]

    def book(self, parts: Sequence[Part], amount: int) -> tuple[Taken, ...]:
        """Write down that `parts` (of different lines) came back for `amount` together; return what each took of it.

        Several share it as they are worth. What is above all that was paid for them is left to the limit of the total.
        """
        worth = [line.worth(quantity) for line, quantity in parts]
        shares = (min(amount, parts[0][0].room),) if len(parts) == 1 else spread(min(amount, sum(worth)), worth)
        return tuple(line.book(quantity, share) for (line, quantity), share in zip(parts, shares, strict=True))

    def allot(self, request: LineRequest) -> list[Part]:
        """What a returned line takes: of its original line, then of those like it; without one, by article code."""
        first = self.number(request.original_line)
        lines = self.code(request.code) if first is None else self.like(first)
        return fill(lines, request.quantity)

    def _less(self, returned: Sequence[ReturnedBefore]) -> Sold:
        for record in returned:
            self._read(record)
        return self

    def _read(self, record: ReturnedBefore) -> None:
        """Book an earlier return: line by line, or where it names no lines of this sale by its article codes."""
        wanted = _by_code(record.quantities)
        entries = [
            (line, quantity, amount) for at, quantity, amount in record.lines if (line := self.number(at)) is not None
        ]
        if entries and _by_code((line.code, quantity) for line, quantity, _ in entries) == wanted:
            for first, quantity, amount in entries:
                self.book(fill(self.like(first), quantity), amount)
            return
        parts = [part for code, quantity in wanted.items() for part in fill(self.code(code), quantity)]
        self.book(parts, record.total)


def fill(lines: Iterable[SoldLine], quantity: int) -> list[Part]:
    """Take `quantity` thousandths out of what is left of `lines`, in their order; less when there is not so much."""
    parts: list[Part] = []
    for line in lines:
        taken = min(quantity, line.left)
        if taken > 0:
            parts.append((line, taken))
            quantity -= taken
    return parts


def _by_code(quantities: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for code, quantity in quantities:
        found[code] = found.get(code, 0) + quantity
    return found


def _group(key: str, taxes: Sequence[TaxAmount]) -> TaxGroup:
    """The tax group as it was when these taxes were computed."""
    letter = taxes[0].letter if taxes else ""
    return TaxGroup(key, letter, tuple(TaxRate(tax.name, tax.rate) for tax in taxes))
